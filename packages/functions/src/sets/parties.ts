/** What functions over the lists of several parties have in common. */
import { type FunctionContext, FunctionError, type Input, type Output } from '../function.ts';
import type { KeyBatch } from './batch.ts';
import type { KeyTable } from './table.ts';

/** Most keys that room is made for on a guess. */
const MAX_GUESS = 1 << 24;

/** `input_data0`, `input_data1`, ... One by one, so that a number far too large ends at the first that is missing. */
export function openInputs(context: FunctionContext, parties: number): Input[] {
  const inputs: Input[] = [];
  for (let i = 0; i < parties; i++) inputs.push(context.input(`input_data${i}`));
  return inputs;
}

/**
 * The outputs `output_data0`, ... that there are, undefined for a party without one: it learns no more than what the
 * result says.
 */
export function openOutputs(context: FunctionContext, parties: number): (Output | undefined)[] {
  return Array.from({ length: parties }, (_, i) => {
    try {
      return context.output(`output_data${i}`);
    } catch (error) {
      if (error instanceof FunctionError) return undefined;
      throw error;
    }
  });
}

/** The input whose keys are kept: the first one, whose order is the output's, unless one is much smaller. */
export function chooseBuild(inputs: readonly Input[]): number {
  const sizes = inputs.map((input) => input.size ?? Number.POSITIVE_INFINITY);
  const smallest = sizes.indexOf(Math.min(...sizes));
  return (sizes[smallest] as number) < 0.75 * (sizes[0] as number) ? smallest : 0;
}

/** Makes room for a whole input once its first batch has shown how long rows are. */
export function guessRoom(
  table: KeyTable,
  batch: KeyBatch,
  bytesRead: number,
  size: number | undefined,
): void {
  if (table.count > 0 || size === undefined || size <= bytesRead || batch.count === 0) return;
  let keyBytes = 0;
  for (let i = 0; i < batch.count; i++) keyBytes += (batch.end[i] as number) - (batch.start[i] as number);
  const factor = (size / bytesRead) * 1.02;
  const keys = Math.min(MAX_GUESS, Math.ceil(batch.count * factor));
  table.reserve(keys, Math.ceil((keyBytes / batch.count) * keys) + 4 * keys);
}
