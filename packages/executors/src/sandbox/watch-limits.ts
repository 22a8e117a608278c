/** Watches the limits that the kernel does not hold by itself, and those that it holds less exactly. */
import type { RunLimits } from '@gaiwan/protocol/executor';
import { ExecutorError, type ExecutorErrorCode } from '../errors.ts';
import type { Sandboxed } from './launcher.ts';
import { errnoOf } from './os/errno.ts';

/** A limit is to end a sandbox within 100 ms. */
const CHECK_MS = 20;
/** The longest that a timer can wait. */
const MOST_MS = 2 ** 31 - 1;

/**
 * Calls `stop`, perhaps again, until the returned function is called. What the process used before, warming up, does not
 * count; the memory that it takes when idle comes on top of the limit.
 * Throws `ExecutorError` ('memory-limit') where it already has more.
 */
export function watchLimits(
  sandboxed: Sandboxed,
  { timeMs, cpuMs, memoryMiB }: RunLimits,
  overheadMiB: number,
  stop: (code: ExecutorErrorCode, message: string) => void,
): () => void {
  limitMemory(sandboxed, memoryMiB, overheadMiB);
  const before = sandboxed.usage()?.cpuMs ?? 0;
  const timer = setTimeout(
    () => stop('time-limit', `The function ran longer than the ${timeMs} ms that the task allows.`),
    Math.min(timeMs, MOST_MS),
  );
  const check = setInterval(() => {
    const usage = sandboxed.usage();
    if (!usage) return;
    // The kernel may have ended only one of its processes.
    if ((usage.memoryMiB ?? 0) > memoryMiB + overheadMiB || sandboxed.outOfMemory()) {
      stop('memory-limit', memoryMessage(memoryMiB));
    } else if (usage.cpuMs - before > cpuMs) {
      const message = `The function used more than the ${cpuMs} ms of processor time that the task allows.`;
      stop('cpu-limit', message);
    }
  }, CHECK_MS);
  return () => {
    clearTimeout(timer);
    clearInterval(check);
  };
}

function limitMemory(sandboxed: Sandboxed, memoryMiB: number, overheadMiB: number): void {
  try {
    sandboxed.limitMemory(memoryMiB + overheadMiB);
  } catch (cause) {
    // Control groups of version 1 refuse a limit below what they hold and cannot give back.
    if (errnoOf(cause) !== 'EBUSY') throw cause;
    throw new ExecutorError('memory-limit', memoryMessage(memoryMiB), { cause });
  }
}

/** The sentence of a function that exceeded its memory limit. */
export const memoryMessage = (mebibytes: number): string =>
  `The function used more than the ${mebibytes} MiB of memory that the task allows.`;
