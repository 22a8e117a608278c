/** What functions over the lists of several parties have in common. */
import type { FunctionContext, Input, Output } from '../function.ts';
import { limits } from '../limits.ts';
import { FunctionError } from '../refusal.ts';

const MAX_GUESS = limits.guessedKeys.value;

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
      if (error instanceof FunctionError && error.code === 'unknown-input') return undefined;
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

/** A table of keys, as far as `guessRoom` needs it. */
interface Room {
  readonly count: number;
  reserve(keys: number, keyBytes: number): void;
}

/** Keys that were read: key `i` has `end[i] - start[i]` bytes. */
interface Keys {
  readonly count: number;
  readonly start: ArrayLike<number>;
  readonly end: ArrayLike<number>;
}

/**
 * Makes room in an empty table for a whole input of `size` bytes (unknown: for none) once its first `bytesRead` have shown how
 * long rows are; for `most` keys at most.
 */
export function guessRoom(
  table: Room,
  { count, start, end }: Keys,
  bytesRead: number,
  size: number | undefined,
  most: number = MAX_GUESS,
): void {
  if (table.count > 0 || size === undefined || size <= bytesRead || count === 0) return;
  let keyBytes = 0;
  for (let i = 0; i < count; i++) keyBytes += (end[i] as number) - (start[i] as number);
  const factor = (size / bytesRead) * 1.02;
  const keys = Math.min(most, Math.ceil(count * factor));
  table.reserve(keys, Math.ceil((keyBytes / count) * keys));
}
