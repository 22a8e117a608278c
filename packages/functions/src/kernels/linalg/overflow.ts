import { FunctionError } from '../../refusal.ts';

/**
 * Throws `FunctionError` unless all of `sums`, of squares or products of an input's values, are finite: beyond a size
 * of about 1e154 squares are not, and no decomposition or distance is.
 */
export function requireFiniteSums(...sums: readonly number[]): void {
  if (sums.every(Number.isFinite)) return;
  throw new FunctionError(
    'unsuitable-data',
    'The values are too large: their squares are beyond all numbers. Scale the columns.',
  );
}
