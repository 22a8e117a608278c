import type { Input } from '../function.ts';
import { KeyTable } from '../kernels/keyed/key-table.ts';
import type { KeyBatch } from '../keyed/key-batch.ts';
import { chooseBuild, guessRoom } from '../keyed/parties.ts';
import { eachItemBatch, type ItemFormat } from './items.ts';
import { LineRecords } from './marks.ts';

/** Takes a batch of the input whose items are kept. */
function build(table: KeyTable, batch: KeyBatch): void {
  table.intern(batch);
  const { words } = table;
  for (let i = 0; i < batch.count; i++) words[(batch.record[i] as number) + 1] = 1;
}

/** Takes a batch of a later round (2, 3, ...). `onFirst` hears each item that every round so far had, once. */
function join(table: KeyTable, batch: KeyBatch, round: number, onFirst?: (record: number) => void): void {
  const { record: found, count } = batch;
  table.find(batch);
  const { words } = table;
  for (let i = 0; i < count; i++) {
    const record = found[i] as number;
    if (record < 0 || words[record + 1] !== round - 1) continue;
    words[record + 1] = round;
    if (onFirst) onFirst(record);
  }
}

/** What all inputs have in common. */
export class CommonItems {
  readonly table = new KeyTable(0);
  /** By input, where marks were asked for: what each of its lines is. */
  readonly lines: readonly (LineRecords | undefined)[];
  readonly #inputs: readonly Input[];
  readonly #format: ItemFormat;
  /** Where the first input's items are not those that were kept: in its order. */
  #met: number[] | undefined;

  constructor(inputs: readonly Input[], format: ItemFormat, marks: boolean) {
    this.#inputs = inputs;
    this.#format = format;
    this.lines = inputs.map(() => (marks ? new LineRecords() : undefined));
  }

  /** Reads all inputs once: the one whose items are kept, then the others in their order. */
  async read(): Promise<void> {
    const { table } = this;
    const kept = chooseBuild(this.#inputs);
    const { size } = this.#inputs[kept] as Input;
    await this.#each(kept, (batch, bytesRead) => {
      guessRoom(table, batch, bytesRead, size);
      build(table, batch);
    });
    const met: number[] = [];
    if (kept !== 0) this.#met = met;
    let round = 1;
    for (const number of this.#inputs.keys()) {
      if (number === kept) continue;
      round++;
      const onFirst = number === 0 ? (record: number) => void met.push(record) : undefined;
      await this.#each(number, (batch) => join(table, batch, round, onFirst));
    }
  }

  /** The records of the items that all have, in the order of the first input. */
  records(): Int32Array {
    if (!this.#met) return this.table.recordsAt(this.#inputs.length);
    return Int32Array.from(this.#met.filter((record) => this.has(record)));
  }

  /** Whether all inputs have the item. */
  has(record: number): boolean {
    return this.table.round(record) === this.#inputs.length;
  }

  async #each(number: number, use: (batch: KeyBatch, bytesRead: number) => void): Promise<void> {
    const lines = this.lines[number];
    const input = this.#inputs[number] as Input;
    await eachItemBatch(input, this.#format, `input_data${number}`, (batch, bytesRead) => {
      use(batch, bytesRead);
      lines?.add(batch);
    });
  }
}
