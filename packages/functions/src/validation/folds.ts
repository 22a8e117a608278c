/** Which row is in which fold, and the parts of the table. */
import { refuse } from '../arguments/given.ts';
import type { Input } from '../function.ts';
import { randomSource } from '../kernels/random-source.ts';
import { allocateNumbers } from '../kernels/table.ts';
import { readStrata } from '../sampling/strata.ts';
import { type RecordFormat, tableRecords } from '../sampling/table-records.ts';
import { counted } from '../text/counted.ts';

/** A byte for each of unknown many rows. */
class GrowingBytes {
  #bytes = new Uint8Array(1024);
  count = 0;

  add(byte: number): void {
    if (this.count === this.#bytes.length) {
      const grown = new Uint8Array(2 * this.count);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes[this.count++] = byte;
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.count);
  }
}

export interface FoldRules {
  readonly folds: number;
  readonly seed: number;
  /** The column whose values each fold has its share of. */
  readonly stratify: string | undefined;
  /** The argument `least_group`: above 1 the number of rows is not told. */
  readonly least: number;
}

/** Rows by stratum, in random order within each. */
function shuffled(strata: Uint8Array, counts: readonly number[], seed: number): Float64Array {
  const order = allocateNumbers(8, strata.length, strata.length);
  const ends: number[] = [];
  for (const count of counts) ends.push((ends.at(-1) ?? 0) + count);
  const next = ends.map((end, i) => end - (counts[i] ?? 0));
  for (const [row, stratum] of strata.entries()) {
    const at = next[stratum] ?? 0;
    order[at] = row;
    next[stratum] = at + 1;
  }
  const random = randomSource(seed);
  for (const [i, end] of ends.entries()) {
    const begin = end - (counts[i] ?? 0);
    for (let at = end - 1; at > begin; at--) {
      const other = begin + Math.floor(random() * (at - begin + 1));
      [order[at], order[other]] = [order[other] ?? 0, order[at] ?? 0];
    }
  }
  return order;
}

const format = (column: string | undefined): RecordFormat => ({ header: true, delimiter: ',', column });

/**
 * The fold of each row: dealt out in turn, so that folds differ by one row at most, and by one of each value.
 *
 * @throws FunctionError `invalid-arguments` for fewer rows than folds
 */
export async function dealFolds(
  input: Input,
  { folds, seed, stratify, least }: FoldRules,
): Promise<Uint8Array> {
  const rows = new GrowingBytes();
  const { counts } = await readStrata(input, format(stratify), (stratum) => rows.add(stratum));
  if (rows.count < folds) {
    refuse(
      least > 1
        ? `There are too few rows for ${folds} folds: with "least_group": ${least} the figures of all folds are withheld.`
        : `There are ${counted(rows.count, 'row')}: they cannot be shared out to ${folds} folds.`,
    );
  }
  const strata = rows.bytes;
  const dealt = new Uint8Array(strata.length);
  for (const [at, row] of shuffled(strata, counts, seed).entries()) dealt[row] = at % folds;
  return dealt;
}

/** Where the records of some rows come from. */
interface Part {
  readonly input: Input;
  readonly isIn: (row: number) => boolean;
}

/** The header and the rows of a part. */
export const partOf = ({ input, isIn }: Part): Input => ({
  async *chunks() {
    for await (const { row, bytes } of tableRecords(input, format(undefined)))
      if (row === 0 || isIn(row)) yield bytes;
  },
});

/** A column of a part, without its name. */
export const columnOf = ({ input, isIn }: Part, column: string): Input => ({
  async *chunks() {
    for await (const { row, field } of tableRecords(input, format(column)))
      if (row > 0 && isIn(row)) yield Buffer.from(`${field}\n`);
  },
});
