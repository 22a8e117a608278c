/** How many rows, or different individuals, of each party are behind a group: the argument `least_group`. */
import { KeyTable } from '../kernels/keyed/key-table.ts';
import { KeyBatch } from '../keyed/key-batch.ts';

/** Numbers of a record that it uses. */
export const SIZE_NUMBERS = 2;

/** Keeps for each group the number for the party that is being read, and the least one of parties that were. */
export class GroupSizes {
  readonly #table: KeyTable;
  /** Of the two numbers among those of a record. The second is the least number and 1 more; 0: none yet. */
  readonly #offset: number;
  readonly #individuals: boolean;
  /** Of the party that is being read: a group and an individual. */
  #pairs = new KeyTable(1);
  readonly #batch = new KeyBatch();

  constructor(table: KeyTable, offset: number, individuals: boolean) {
    this.#table = table;
    this.#offset = offset;
    this.#individuals = individuals;
  }

  /** Takes a batch whose records were looked up; `individuals` by row, empty ones count for nobody. */
  add(batch: KeyBatch, individuals: readonly string[]): void {
    if (!this.#individuals) this.#table.countKeys(batch, this.#offset);
    else this.#addIndividuals(batch, individuals);
  }

  /** The party whose round it was has been read. */
  endParty(round: number): void {
    const { numbers } = this.#table;
    for (const record of this.#table.recordsAt(round)) {
      const at = this.#table.numbersOf(record) + this.#offset;
      const size = (numbers[at] ?? 0) + 1;
      const least = numbers[at + 1] ?? 0;
      numbers[at + 1] = least === 0 ? size : Math.min(least, size);
      numbers[at] = 0;
    }
    this.#pairs = new KeyTable(1);
  }

  /** The least number of a party that has rows of the group. */
  least(record: number): number {
    return this.#table.number(record, this.#offset + 1) - 1;
  }

  #addIndividuals({ count, record }: KeyBatch, individuals: readonly string[]): void {
    const batch = this.#batch;
    batch.clear();
    const groups: number[] = [];
    for (let i = 0; i < count; i++) {
      const group = record[i] ?? -1;
      const individual = Buffer.from(individuals[i] ?? '');
      if (group < 0 || individual.length === 0) continue;
      batch.reserve(4 + individual.length);
      batch.bytes.set(bytesOf(group), batch.at);
      batch.bytes.set(individual, batch.at + 4);
      batch.at += 4 + individual.length;
      batch.finish();
      groups.push(group);
    }
    this.#pairs.intern(batch);
    const { numbers: seen } = this.#pairs;
    const { numbers } = this.#table;
    for (const [i, group] of groups.entries()) {
      const pair = this.#pairs.numbersOf(batch.record[i] ?? 0);
      if (seen[pair] !== 0) continue;
      seen[pair] = 1;
      const at = this.#table.numbersOf(group) + this.#offset;
      numbers[at] = (numbers[at] ?? 0) + 1;
    }
  }
}

const bytesOf = (value: number): Uint8Array => new Uint8Array(Int32Array.of(value).buffer);
