/** How many rows, or different individuals, of each party are behind a group and its figures: the argument `least_group`. */
import { KeyTable } from '../kernels/keyed/key-table.ts';
import { KeyBatch } from '../keyed/key-batch.ts';

/** Numbers of a record for one figure: of the party that is being read, and the least one of parties that were, and 1 more (0: none yet). */
const OF_FIGURE = 2;

/** What is counted: the rows of a group, or those with a value in a column. */
export interface Figure {
  /** From 0 on. */
  readonly index: number;
  /** Whether the batch's row `i` is behind it. */
  has(i: number): boolean;
}

/** How many numbers of a record that many figures take. */
export const sizeNumbers = (figures: number): number => OF_FIGURE * figures;

/** Keeps the numbers behind each figure of each group. */
export class GroupSizes {
  readonly #table: KeyTable;
  /** Of the first figure's numbers among those of a record. */
  readonly #offset: number;
  readonly #figures: number;
  readonly #individuals: boolean;
  /** Of the party that is being read: a group and an individual, and for each figure whether it was counted. */
  #pairs: KeyTable;
  readonly #batch = new KeyBatch();

  constructor(table: KeyTable, offset: number, counted: { figures: number; individuals: boolean }) {
    this.#table = table;
    this.#offset = offset;
    this.#figures = counted.figures;
    this.#individuals = counted.individuals;
    this.#pairs = new KeyTable(this.#figures);
  }

  /** Takes a batch whose records were looked up; `individuals` by row, empty ones count for nobody. */
  add(batch: KeyBatch, individuals: readonly string[], figures: readonly Figure[]): void {
    if (this.#individuals) this.#addIndividuals(batch, individuals, figures);
    else this.#addRows(batch, figures);
  }

  /** The party whose round it was has been read: it has these figures. */
  endParty(round: number, figures: readonly Figure[]): void {
    const { numbers } = this.#table;
    for (const record of this.#table.recordsAt(round)) {
      for (const { index } of figures) {
        const at = this.#placeOf(record, index);
        const size = (numbers[at] ?? 0) + 1;
        const least = numbers[at + 1] ?? 0;
        numbers[at + 1] = least === 0 ? size : Math.min(least, size);
        numbers[at] = 0;
      }
    }
    this.#pairs = new KeyTable(this.#figures);
  }

  /** Whether `least` are behind the figure, of each party that has it and rows of the group. */
  isEnough(record: number, figure: number, least: number): boolean {
    const size = this.#table.number(record, this.#offset + OF_FIGURE * figure + 1);
    return size === 0 || size > least;
  }

  #placeOf(record: number, figure: number): number {
    return this.#table.numbersOf(record) + this.#offset + OF_FIGURE * figure;
  }

  #count(record: number, figure: number): void {
    const { numbers } = this.#table;
    const at = this.#placeOf(record, figure);
    numbers[at] = (numbers[at] ?? 0) + 1;
  }

  #addRows({ count, record }: KeyBatch, figures: readonly Figure[]): void {
    for (const figure of figures) {
      for (let i = 0; i < count; i++) {
        const group = record[i] ?? -1;
        if (group >= 0 && figure.has(i)) this.#count(group, figure.index);
      }
    }
  }

  #addIndividuals(
    { count, record }: KeyBatch,
    individuals: readonly string[],
    figures: readonly Figure[],
  ): void {
    const batch = this.#batch;
    batch.clear();
    const rows: number[] = [];
    for (let i = 0; i < count; i++) {
      const group = record[i] ?? -1;
      const individual = Buffer.from(individuals[i] ?? '');
      if (group < 0 || individual.length === 0) continue;
      batch.reserve(4 + individual.length);
      batch.bytes.set(bytesOf(group), batch.at);
      batch.bytes.set(individual, batch.at + 4);
      batch.at += 4 + individual.length;
      batch.finish();
      rows.push(i);
    }
    this.#pairs.intern(batch);
    const { numbers: seen } = this.#pairs;
    for (const [k, i] of rows.entries()) {
      const pair = this.#pairs.numbersOf(batch.record[k] ?? 0);
      for (const figure of figures) {
        if (seen[pair + figure.index] !== 0 || !figure.has(i)) continue;
        seen[pair + figure.index] = 1;
        this.#count(record[i] ?? 0, figure.index);
      }
    }
  }
}

const bytesOf = (value: number): Uint8Array => new Uint8Array(Int32Array.of(value).buffer);
