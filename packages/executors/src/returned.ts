/** What travels back to the platform in one message, result and log together: bounded, whatever a task allows. */
import { ExecutorError } from './executor.ts';

/** Bytes. With the longest log that a task can have (8 MiB), it fits into a message of 32 MiB. */
export const MAX_RESULT: number = 8 << 20;
/** A line costs more than its bytes, in memory and in the message. */
export const MAX_LOG_LINES = 100_000;

/** Throws `ExecutorError` ('output-limit'). */
export function checkResult(bytes: number): void {
  if (bytes <= MAX_RESULT) return;
  const message = `The result is longer than the ${MAX_RESULT} bytes that one may have: write it to an output.`;
  throw new ExecutorError('output-limit', message);
}
