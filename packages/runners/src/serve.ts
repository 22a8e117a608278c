/** The life of a runner's process: ready, code, one job, end. */
import type { Failure, Job } from '@gaiwan/protocol/executor';
import { Channel } from './channel.ts';
import { ChannelError } from './channel-error.ts';
import { coarsenClocks } from './clock.ts';
import { RunnerFailure } from './failure.ts';
import { type FileRequests, Files } from './files.ts';
import { ArgumentsError } from './flatten.ts';
import { keepStdoutForFrames } from './io.ts';
import type { Language, Loaded } from './language.ts';
import { RefusedError } from './refused-error.ts';

/** A job without files, for `warmUp`. */
const WARM_UP: Job = {
  function: 'warm-up',
  arguments: '{"a":1,"b":"text"}',
  inputs: [],
  outputs: [],
  limits: { timeMs: 1000, cpuMs: 1000, memoryMiB: 64, outputBytes: 1024, logBytes: 1024, files: 1 },
};

const NO_FILES: FileRequests = {
  open: refuse,
  create: refuse,
  read: refuse,
  write: refuse,
  close: refuse,
};

function refuse(): never {
  throw new RefusedError('unknown-input', 'There are no files.');
}

/** Runs code of ours, so that the engine has compiled what every job needs before a job comes. */
export function warmUp(loaded: Loaded): void {
  loaded.run(WARM_UP, new Files(NO_FILES));
}

/** Serves one job over standard input and output, and ends the process. */
export function serve(language: Language): never {
  keepStdoutForFrames();
  coarsenClocks();
  const channel = new Channel();
  try {
    channel.ready();
    runOne(channel, language);
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error;
    console.error(`gaiwan: ${error.message}`);
    process.exit(1);
  }
  process.exit(0);
}

function runOne(channel: Channel, language: Language): void {
  const { code } = channel.prepare();
  const loaded = attempt(() => language.load(code));
  const job = channel.job();
  const outcome = 'failure' in loaded ? loaded : attempt(() => runJob(loaded.value, job, channel));
  if ('failure' in outcome) channel.reportFailure(outcome.failure);
  else channel.done(outcome.value);
}

function runJob(loaded: Loaded, job: Job, channel: Channel): Uint8Array {
  const files = new Files(channel);
  const result = loaded.run(job, files);
  files.flush();
  return result;
}

/** Failures that are the function's: they are the job's end. */
function attempt<T>(action: () => T): { readonly value: T } | { readonly failure: Failure } {
  try {
    return { value: action() };
  } catch (error) {
    if (error instanceof RunnerFailure || error instanceof RefusedError || error instanceof ArgumentsError) {
      return { failure: error };
    }
    throw error;
  }
}
