/** A warm thread of the pool: runs one job after the other. */
import { parentPort, workerData } from 'node:worker_threads';
import { type BuiltinFunction, builtins, FunctionError } from '@gaiwan/functions';
import { ExecutorError, type ExecutorErrorCode } from '../executor.ts';
import { transferables } from '../staged.ts';
import { leftovers } from './leftovers.ts';
import type { Answer, Job, Ready, ThreadData } from './messages.ts';
import { runJob } from './run-job.ts';

const port = parentPort;
if (!port) throw new Error('this module is a thread of the built-in executor');
const { extra } = workerData as ThreadData;
const added =
  extra === undefined
    ? undefined
    : ((await import(extra)) as { builtins: ReadonlyMap<string, BuiltinFunction> });

/** Characters of a refusal; names in it may be a stranger's, of any length. */
const MESSAGE = 1000;

const cpuMicros = () => {
  const { user, system } = process.threadCpuUsage();
  return user + system;
};

const left = leftovers();
const ready = () => {
  const spent = left.tooMuch();
  port.postMessage({ cpuMicros: cpuMicros(), spent } satisfies Ready);
};

port.on('message', (job: Job) => {
  void answer(job).then((message) => {
    const moved = message.ok ? transferables(Object.values(message.result.outputs)) : [];
    port.postMessage(message, moved);
    // Later, when nothing on the stack holds the job's data any more.
    setImmediate(ready);
  });
});
ready();

const cut = (text: string) => (text.length > MESSAGE ? `${text.slice(0, MESSAGE).toWellFormed()}...` : text);

async function answer(job: Job): Promise<Answer> {
  const log: string[] = [];
  const failed = (code: ExecutorErrorCode, message: string) =>
    ({ ok: false, code, message: cut(message), log }) as const;
  try {
    const builtin = builtins.get(job.functionName) ?? added?.builtins.get(job.functionName);
    if (!builtin) throw new FunctionError('unknown-function', 'Function not found.');
    return { ok: true, result: await runJob(builtin, job, log, left.retire) };
  } catch (error) {
    if (error instanceof FunctionError) return failed('function', error.message);
    if (error instanceof ExecutorError) return failed(error.code, error.message);
    return failed(
      'crashed',
      `The function failed: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
