/** What training tells of itself. */
import type { LinearFit } from '../kernels/linear/least-squares.ts';
import type { Filled } from '../tables/fill.ts';
import { quote } from '../text/quote.ts';

/** A column that has less of its own costs half of the digits. */
const UNCERTAIN = 1e-7;

/** A column as a message names it. */
export const columnName = (names: readonly string[] | undefined, feature: number): string =>
  names ? `Column ${quote(names[feature] ?? '')}` : `Column ${feature + 1}`;

/** The result as JSON. */
export function describeFit(
  { rows, weights, errors, spread, own }: LinearFit,
  names: readonly string[] | undefined,
  filled: Filled | undefined,
): string {
  const warnings =
    own.least < UNCERTAIN
      ? [
          `${columnName(names, own.feature)} nearly follows from those before it: the weights have few digits that are certain. Leave it out, or give "l2" a value above 0.`,
        ]
      : [];
  return JSON.stringify({
    rows,
    features: weights.length - 1,
    rmse: Math.sqrt(errors / rows),
    r2: spread === 0 ? null : 1 - errors / spread,
    ...(filled && { filled_in: filled.count }),
    ...(warnings.length > 0 && { warnings }),
  });
}
