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

/** How a session ended well. */
export interface SessionEnd {
  readonly result: ExecutionResult;
  /** Whether the process still runs, and may be made ready for a further call. */
  readonly keeps: boolean;
}

/** What a shell says of a program that was killed, and bubblewrap of what runs within. */
const KILLED = 128 + constants.signals.SIGKILL;
/** After so many answers others get their turn. */
const TURN = 64;

type Outcome = Pick<ExecutionResult, 'returnValue' | 'outputs'> & {
  /** Was a request of the function refused? */
  readonly refused: boolean;
};

/**
 * The process was prepared with the code. Afterwards it has been killed, and the caller awaits its end; unless the request names a trust
 * domain, the process can serve several calls, and everything went well. Rejects with `ExecutorError` or `HostFault`, and then nothing of
 * it remains.
 */
export async function runSession(
  process: SandboxProcess,
  request: ExecutionRequest,
  overheadMiB: number,
): Promise<SessionEnd> {
  const { limits, signal, folder, domain } = request;
  process.begin(domain);
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
  const keeps =
    outcome?.refused === false && domain !== undefined && process.sandboxed.renewable && !outOfMemory;
  if (outcome) await (keeps ? process.drainLog() : process.finish());
  if (outcome && !stopped) {
    const { returnValue, outputs } = outcome;
    return { result: { returnValue, outputs, log: log.lines() }, keeps: keeps && process.alive };
  }
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
  for (let [answers, refused] = [1, false]; ; answers++) {
    const { value: message } = await process.next();
    if (!message) return undefined;
    if (message.type === 'done') {
      files.charge(message.result.length);
      checkResult(message.result.length);
      return { returnValue: message.result, outputs: files.finish(), refused };
    }
    if (message.type === 'failed') throw failureOf(message, request.limits);
    if (!(await answer(process, files, message))) refused = true;
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

/** False where the request was refused. */
async function answer(process: SandboxProcess, files: TaskFiles, message: Request): Promise<boolean> {
  try {
    await grant(process, files, message);
    return true;
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    await process.send({ type: 'error', code: error.code, message: error.message });
    return false;
  }
}

/** Throws `RequestError`. */
async function grant(process: SandboxProcess, files: TaskFiles, message: Request): Promise<void> {
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
