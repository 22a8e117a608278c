/** One job in one process: gives it the job, answers its requests, holds it to its limits, takes its result. */
import { constants } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import {
  type Failure,
  MAX_HEAD,
  type ProcessMessage,
  ProtocolError,
  type RunLimits,
} from '@gaiwan/protocol/executor';
import { ExecutorError, type ExecutorErrorCode, HostFault } from '../errors.ts';
import type { ExecutionRequest, ExecutionResult } from '../executor.ts';
import { limits as ours } from '../limits.ts';
import { checkResult, MAX_LOG_LINES } from '../result-limits.ts';
import { removeStaged } from '../staged.ts';
import { StagingMemory } from '../staging-memory.ts';
import { BoundedLog } from './log.ts';
import { RequestError } from './request-error.ts';
import type { SandboxProcess } from './sandbox-process.ts';
import { TaskFiles } from './task-files.ts';
import { memoryMessage, watchLimits } from './watch-limits.ts';

/** What a shell says of a program that was killed, and bubblewrap of what runs within. */
const KILLED = 128 + constants.signals.SIGKILL;
/** After so many answers others get their turn. */
const TURN = 64;

type Outcome = Pick<ExecutionResult, 'returnValue' | 'outputs'>;

/**
 * The process was prepared with the code, and is of no more use afterwards: it has been killed, and the caller awaits its
 * end. Rejects with `ExecutorError` or `HostFault`, and then nothing of it remains.
 */
export async function runSession(
  process: SandboxProcess,
  request: ExecutionRequest,
  overheadMiB: number,
): Promise<ExecutionResult> {
  const { limits, signal, folder } = request;
  const memory = request.memory ?? new StagingMemory(ours.stagedTask.value);
  const files = new TaskFiles({ ...request, ...limits, folder, memory });
  const log = new BoundedLog(limits.logBytes);
  let stopped: { readonly code: ExecutorErrorCode; readonly message: string } | undefined;
  const stop = (code: ExecutorErrorCode, message: string) => {
    stopped ??= { code, message };
    process.kill();
  };
  const cancel = () => stop('canceled', 'The task was cancelled.');
  process.onLog((chunk) => {
    if (!log.add(chunk)) {
      stop(
        'log-limit',
        `The function wrote more than the ${limits.logBytes} bytes of log that the task allows, or ${MAX_LOG_LINES} lines.`,
      );
    }
  });
  signal?.addEventListener('abort', cancel);
  let unwatch = () => {};
  let outcome: Outcome | undefined;
  let failure: unknown;
  try {
    unwatch = watchLimits(process.sandboxed, limits, overheadMiB, stop);
    if (signal?.aborted) cancel();
    outcome = await converse(process, request, files);
  } catch (error) {
    failure = error;
  } finally {
    unwatch();
    signal?.removeEventListener('abort', cancel);
    if (!outcome) files.abort();
  }
  const outOfMemory = process.sandboxed.outOfMemory();
  if (outcome) await process.finish();
  if (outcome && !stopped) return { ...outcome, log: log.lines() };
  if (!outcome && !stopped && failure === undefined) await process.leave();
  await process.end();
  if (outcome) removeOutputs(outcome);
  const details = { cause: failure, log: log.lines() };
  if (stopped) throw new ExecutorError(stopped.code, stopped.message, details);
  if (failure instanceof HostFault) throw failure;
  if (failure instanceof ExecutorError) throw new ExecutorError(failure.code, failure.message, details);
  if (failure instanceof ProtocolError) {
    const message = `The process of the function broke the executor protocol: ${failure.message}`;
    throw new ExecutorError('crashed', message, details);
  }
  if (failure !== undefined)
    throw new ExecutorError('crashed', 'The sandbox of the function failed.', details);
  throw await deathOf(process, outOfMemory, limits, details);
}

function removeOutputs({ outputs }: Outcome): void {
  for (const staged of Object.values(outputs)) removeStaged(staged);
}

/** The result, or nothing where the process ended without one. */
async function converse(
  process: SandboxProcess,
  request: ExecutionRequest,
  files: TaskFiles,
): Promise<Outcome | undefined> {
  await sendJob(process, request);
  for (let answers = 1; ; answers++) {
    const { value: message } = await process.next();
    if (!message) return undefined;
    if (message.type === 'done') {
      files.charge(message.result.length);
      checkResult(message.result.length);
      return { returnValue: message.result, outputs: files.finish() };
    }
    if (message.type === 'failed') throw failureOf(message, request.limits);
    await answer(process, files, message);
    if (answers % TURN === 0) await setImmediate();
  }
}

/**
 * The process says of itself what the function failed of. It may as well say anything else: a function gains nothing by it, since
 * the text of its failure is its own in any case.
 */
function failureOf({ message, limit, code }: Failure, limits: RunLimits): ExecutorError {
  if (limit === 'memory') return outOfMemoryError(limits);
  return new ExecutorError(code === 'unknown-input' ? 'unknown-input' : 'function', message);
}

async function sendJob(process: SandboxProcess, request: ExecutionRequest): Promise<void> {
  const inputs = Object.entries(request.inputs).map(([name, { size }]) => ({ name, size }));
  try {
    await process.send({
      type: 'job',
      function: request.functionName,
      arguments: request.arguments,
      inputs,
      outputs: request.outputs,
      limits: request.limits,
    });
  } catch (cause) {
    if (!(cause instanceof ProtocolError && cause.code === 'head-too-long')) throw cause;
    const message = `The arguments are longer than the ${MAX_HEAD >> 20} MiB that an executor takes.`;
    throw new ExecutorError('function', message, { cause });
  }
}

type Request = Exclude<ProcessMessage, { type: 'done' | 'failed' }>;

async function answer(process: SandboxProcess, files: TaskFiles, message: Request): Promise<void> {
  try {
    switch (message.type) {
      case 'open':
        return await process.send({ type: 'ok', ...files.open(message.input) });
      case 'create':
        return await process.send({ type: 'ok', ...files.create(message.output) });
      case 'read':
        return await process.send({ type: 'ok' }, files.read(message.handle, message.length));
      case 'write':
        files.write(message.handle, message.bytes);
        return await process.send({ type: 'ok' });
      case 'close':
        files.close(message.handle);
        return await process.send({ type: 'ok' });
      case 'ready':
        throw new ProtocolError('bad-message', 'It says "ready" a second time.');
    }
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    await process.send({ type: 'error', code: error.code, message: error.message });
  }
}

async function deathOf(
  process: SandboxProcess,
  outOfMemory: boolean,
  limits: RunLimits,
  details: ErrorOptions & { readonly log: readonly string[] },
): Promise<ExecutorError | HostFault> {
  if (outOfMemory) return outOfMemoryError(limits, details);
  const { code, signal } = await process.exited;
  // Nobody else kills it for the function's sake.
  if (!process.wasKilled && (signal === 'SIGKILL' || code === KILLED))
    return new HostFault('killed', 'The sandbox of a function was killed from outside: is memory short?', {
      cause: details.cause,
    });
  const how = signal ?? `exit code ${code}`;
  return new ExecutorError(
    'crashed',
    `The process of the function ended before it was done (${how}).`,
    details,
  );
}

function outOfMemoryError(
  { memoryMiB }: RunLimits,
  details?: ErrorOptions & { readonly log: readonly string[] },
): ExecutorError {
  return new ExecutorError('memory-limit', memoryMessage(memoryMiB), details);
}
