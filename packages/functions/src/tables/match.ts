/** Which column of a table is which feature of a model: by name where both have names, else by position. */
import type { NumberRows } from '../kernels/table.ts';
import { FunctionError } from '../refusal.ts';
import { quote } from '../text/quote.ts';

/** Names that a refusal shows at most. */
const SHOWN = 5;

/** Of a model, or the columns of a table. */
export interface Features {
  readonly count: number;
  /** undefined: the model keeps none, or the table has no header. */
  readonly names: readonly string[] | undefined;
}

export interface Matching {
  readonly by: 'name' | 'position';
  /** By feature: its column; undefined: the columns are the features, in order. */
  readonly positions: readonly number[] | undefined;
  /** Whether names stand in another order than in training. */
  readonly reordered: boolean;
  /** Columns of the table that are no features. */
  readonly ignored: number;
}

const list = (names: readonly string[]): string =>
  names.slice(0, SHOWN).map(quote).join(', ') +
  (names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '');

function refuse(text: string): never {
  throw new FunctionError('invalid-input', text);
}

/**
 * Matches the columns of a table with a model's features. `ignore`: whether
 * columns that are no features are passed over: those that names tell, or of a model without names those after its own.
 *
 * @throws FunctionError `invalid-input` for columns that are missing or too many
 */
export function matchColumns({ count, names }: Features, given: Features, ignore: boolean): Matching {
  const header = given.names;
  if (!header || !names) {
    const extra = given.count - count;
    if (ignore && !names && extra > 0) {
      const positions = Array.from({ length: count }, (_, i) => i);
      return { by: 'position', positions, reordered: false, ignored: extra };
    }
    if (given.count !== count) {
      refuse(
        `The data have ${given.count} columns, and the model was trained on ${count}. ` +
          (names
            ? 'Give a header ("header": true): then columns are found by their names.'
            : 'Columns can be found by name where the model was trained with a header, and the data have one.'),
      );
    }
    return { by: 'position', positions: undefined, reordered: false, ignored: 0 };
  }
  const places = new Map(header.map((name, column) => [name, column]));
  const absent = names.filter((name) => !places.has(name));
  if (absent.length > 0) refuse(`The data lack columns that the model was trained on: ${list(absent)}.`);
  const known = new Set(names);
  const extra = header.filter((name) => !known.has(name));
  if (extra.length > 0 && !ignore) {
    refuse(
      `The data have columns that the model was not trained on: ${list(extra)}. Leave them out, or give "extra_columns": "ignore".`,
    );
  }
  const positions = names.map((name) => places.get(name) ?? 0);
  const inOrder = positions.every((at, i) => i === 0 || at > (positions[i - 1] ?? 0));
  return {
    by: 'name',
    positions: inOrder && extra.length === 0 ? undefined : positions,
    reordered: !inOrder,
    ignored: extra.length,
  };
}

/** The features of the rows in the model's order: the rows themselves, or numbers in `into`, which grows. */
export class FeaturePicker {
  #into = new Float64Array(0);

  pick(batch: NumberRows, positions: readonly number[] | undefined): NumberRows {
    if (!positions) return batch;
    const { values, rows, columns } = batch;
    const needed = rows * positions.length;
    if (this.#into.length < needed) this.#into = new Float64Array(needed);
    for (let row = 0, to = 0; row < rows; row++) {
      for (const position of positions) this.#into[to++] = values[row * columns + position] ?? Number.NaN;
    }
    return { values: this.#into, rows, columns: positions.length };
  }
}
