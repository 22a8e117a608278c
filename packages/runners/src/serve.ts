/** The life of a runner's process: ready, code, then one job after another for as long as the worker wants and nothing of them remains. */
import type { Failure, Job } from '@gaiwan/protocol/executor';
import { Channel } from './channel.ts';
import { ChannelError } from './channel-error.ts';
import { coarsenClocks } from './clock.ts';
import { RunnerFailure } from './failure.ts';
import { type FileRequests, Files } from './files.ts';
import { ArgumentsError } from './flatten.ts';
import { keepStdoutForFrames } from './io.ts';
import type { Language, Loaded, Source } from './language.ts';
import { RefusedError } from './refused-error.ts';
import { Remains } from './remains.ts';

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
export async function warmUp(loaded: Loaded): Promise<void> {
  await loaded.run(WARM_UP, new Files(NO_FILES));
}

/** Serves jobs with one function over standard input and output, each with a function of its own, and ends the process. */
export async function serve(language: Language): Promise<never> {
  keepStdoutForFrames();
  coarsenClocks();
  const channel = new Channel();
  try {
    channel.ready();
    await serveJobs(channel, language);
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error;
    console.error(`gaiwan: ${error.message}`);
    process.exit(1);
  }
  process.exit(0);
}

async function serveJobs(channel: Channel, language: Language): Promise<void> {
  const { code } = channel.prepare();
  const source = await attempt(() => language.load(code));
  const remains = new Remains();
  let before: string | undefined;
  do before = await serveOne(channel, source, before);
  while (before !== undefined && remains.sweep());
}

/** `before`: the call that this process ended. The next that it ended; undefined where it is to serve no further one. */
async function serveOne(
  channel: Channel,
  source: Attempted<Source>,
  before: string | undefined,
): Promise<string | undefined> {
  const loaded = 'failure' in source ? source : await attempt(() => source.value.fresh());
  if (before !== undefined) channel.ready(before);
  const job = channel.job();
  const outcome = 'failure' in loaded ? loaded : await attempt(() => runJob(loaded.value, job, channel));
  if ('failure' in outcome) {
    channel.reportFailure(outcome.failure);
    return undefined;
  }
  channel.done(outcome.value);
  return channel.end();
}

async function runJob(loaded: Loaded, job: Job, channel: Channel): Promise<Uint8Array> {
  const files = new Files(channel);
  const result = await loaded.run(job, files);
  files.flush();
  return result;
}

type Attempted<T> = { readonly value: T } | { readonly failure: Failure };

/** Failures that are the function's: they are the job's end. */
async function attempt<T>(action: () => T | Promise<T>): Promise<Attempted<T>> {
  try {
    return { value: await action() };
  } catch (error) {
    if (error instanceof RunnerFailure || error instanceof RefusedError || error instanceof ArgumentsError) {
      return { failure: error };
    }
    throw error;
  }
}
