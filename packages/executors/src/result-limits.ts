/** What travels back to the platform in one message, result and log together: bounded, whatever a task allows. */
import { MAX_RESULT } from '@gaiwan/protocol/executor';
import { ExecutorError } from './errors.ts';
import { limits } from './limits.ts';

/** A line costs more than its bytes, in memory and in the message. */
export const MAX_LOG_LINES = limits.logLines.value;

/** @throws ExecutorError ('output-limit') for a result of so many bytes. */
export function checkResult(bytes: number): void {
  if (bytes <= MAX_RESULT) return;
  const message = `The result is longer than the ${MAX_RESULT} bytes that one may have: write it to an output.`;
  throw new ExecutorError('output-limit', message);
}
