/**
 * Whole reads and writes on file descriptors, without an event loop: a runner waits in the kernel. A descriptor that was
 * made non-blocking by whoever shares it answers EAGAIN; then the thread sleeps, ever longer up to a millisecond.
 */
import { readSync, writeSync } from 'node:fs';

const sleeper = new Int32Array(new SharedArrayBuffer(4));

function retryWhileBlocked(attempt: () => number): number {
  for (let pause = 0.02; ; pause = Math.min(1, pause * 2)) {
    try {
      return attempt();
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
      sleep(pause);
    }
  }
}

/** Milliseconds. */
export function sleep(time: number): void {
  Atomics.wait(sleeper, 0, 0, time);
}

/** Some bytes into `target`, at least one; 0 at the end of the stream. */
export function readSome(descriptor: number, target: Uint8Array): number {
  return retryWhileBlocked(() => readSync(descriptor, target, 0, target.length, null));
}

/** All of it, also to a pipe that is full for the moment. Returns how much that was. */
export function writeAll(descriptor: number, bytes: Uint8Array): number {
  for (let at = 0; at < bytes.length; ) {
    at += retryWhileBlocked(() => writeSync(descriptor, bytes, at, bytes.length - at, null));
  }
  return bytes.length;
}

/**
 * From here on nothing but frames reaches standard output: `console` and `process.stdout` write to standard error, which
 * is the log.
 */
export function keepStdoutForFrames(): void {
  const log = (...items: readonly unknown[]) => writeAll(2, Buffer.from(`${items.map(String).join(' ')}\n`));
  for (const name of ['log', 'info', 'debug', 'warn', 'error', 'trace', 'dir', 'table'] as const) {
    console[name] = log;
  }
  Object.defineProperty(process, 'stdout', { configurable: true, get: () => process.stderr });
}
