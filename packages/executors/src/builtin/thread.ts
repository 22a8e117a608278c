/** A warm thread of the pool: runs one job after the other. */
import { parentPort, workerData } from 'node:worker_threads';
import { type BuiltinFunction, builtins, FunctionError } from '@gaiwan/functions';
import { ExecutorError } from '../executor.ts';
import { transferables } from '../staged.ts';
import type { Answer, Job, ThreadData } from './messages.ts';
import { runJob } from './run-job.ts';

const port = parentPort;
if (!port) throw new Error('this module is a thread of the built-in executor');
const { extra } = workerData as ThreadData;
const added =
  extra === undefined
    ? undefined
    : ((await import(extra)) as { builtins: ReadonlyMap<string, BuiltinFunction> });

port.on('message', (job: Job) => {
  void answer(job).then((message) => {
    const moved = message.ok ? transferables(Object.values(message.result.outputs)) : [];
    port.postMessage(message, moved);
  });
});
port.postMessage('ready');

async function answer(job: Job): Promise<Answer> {
  try {
    const builtin = builtins.get(job.functionName) ?? added?.builtins.get(job.functionName);
    if (!builtin) throw new FunctionError('Function not found.');
    return { ok: true, result: await runJob(builtin, job) };
  } catch (error) {
    if (error instanceof FunctionError) return { ok: false, code: 'function', message: error.message };
    if (error instanceof ExecutorError) return { ok: false, code: error.code, message: error.message };
    return {
      ok: false,
      code: 'crashed',
      message: `The function failed: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}
