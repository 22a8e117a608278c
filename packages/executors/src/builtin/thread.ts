/** A warm thread of the pool: runs one job after the other. */
import { parentPort, workerData } from 'node:worker_threads';
import { type BuiltinFunction, builtins, FunctionError } from '@gaiwan/functions';
import { ExecutorError, type ExecutorErrorCode, HostFault } from '../errors.ts';
import { limits } from '../limits.ts';
import { transferables } from '../staged.ts';
import { HeldMemory } from './held-memory.ts';
import type { Answer, Job, Ready, ThreadData } from './messages.ts';
import { runJob } from './run-job.ts';

const port = parentPort;
if (!port) throw new Error('this module is a thread of the built-in executor');
const { extra }: ThreadData = workerData;
const added: { readonly builtins: ReadonlyMap<string, BuiltinFunction> } | undefined =
  extra === undefined ? undefined : await import(extra);

/** Characters of a refusal: names in it may be untrusted, and of any length. */
const MESSAGE = limits.refusalText.value;

const cpuMicros = () => {
  const { user, system } = process.threadCpuUsage();
  return user + system;
};

const held = new HeldMemory();
const ready = () => {
  const spent = held.isTooMuch();
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
  try {
    const builtin = builtins.get(job.functionName) ?? added?.builtins.get(job.functionName);
    if (!builtin) throw new FunctionError('unknown-function', 'Function not found.');
    return { ok: true, result: await runJob(builtin, job, log, () => held.retire()) };
  } catch (error) {
    if (error instanceof HostFault) return { ok: false, host: error.code, message: error.message };
    const [code, message] = failureOf(error);
    return { ok: false, code, message: cut(message), log };
  }
}

/**
 * Of an error that is not made for participants they read its kind: its text may name anything of the host. Nor does the operator read it,
 * who is to see nothing of their data.
 */
function failureOf(error: unknown): readonly [ExecutorErrorCode, string] {
  if (error instanceof FunctionError)
    return [error.code === 'unknown-input' ? 'unknown-input' : 'function', error.message];
  if (error instanceof ExecutorError) return [error.code, error.message];
  return ['crashed', `The function failed (${error instanceof Error ? error.name : typeof error}).`];
}
