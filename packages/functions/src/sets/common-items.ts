import type { Input } from '../function.ts';
import { JoinedKeys } from '../keyed/joined-keys.ts';
import type { KeyBatch } from '../keyed/key-batch.ts';
import { TraitSample } from '../keyed/traits.ts';
import { eachItemBatch, type ItemRules } from './items.ts';
import { LineRecords } from './line-records.ts';

/** What became of the lines of one party's list. */
export class ListCounts {
  lines = 0;
  header = 0;
  blank = 0;
  /** Lines whose item a list lacks that was read before. */
  withoutPartner = 0;

  get used(): number {
    return this.lines - this.header - this.blank;
  }

  /** Takes a batch whose records were looked up. */
  add({ count, start, end, record }: KeyBatch): void {
    this.lines += count;
    for (let i = 0; i < count; i++) {
      if (start[i] === end[i]) this.blank++;
      else if ((record[i] ?? -1) < 0) this.withoutPartner++;
    }
  }
}

/** What all inputs have in common. A blank line is no item. */
export class CommonItems {
  /** By input, where marks were asked for: what each of its lines is. */
  readonly lines: readonly (LineRecords | undefined)[];
  readonly counts: readonly ListCounts[];
  readonly samples: readonly TraitSample[];
  readonly keys: JoinedKeys;
  readonly #rules: ItemRules;

  constructor(inputs: readonly Input[], rules: ItemRules, marks: boolean) {
    this.keys = new JoinedKeys(inputs, { join: 'inner', width: 0 });
    this.#rules = rules;
    this.lines = inputs.map(() => (marks ? new LineRecords() : undefined));
    this.counts = inputs.map(() => new ListCounts());
    this.samples = inputs.map(() => new TraitSample());
  }

  /** Reads all inputs once: the one whose items are kept, then the others in their order. Throws `FunctionError`. */
  async read(): Promise<void> {
    await this.keys.read(async (input, { number, take }) => {
      const lines = this.lines[number];
      const counts = this.counts[number];
      const sample = this.samples[number];
      await eachItemBatch(input, `input_data${number}`, this.#rules, {
        skip: () => {
          lines?.skip();
          if (!counts) return;
          counts.lines++;
          counts.header++;
        },
        take: (batch, bytesRead) => {
          // Bytes that a line gives in hexadecimal have no form as text.
          if (this.#rules.format === 'text') sample?.add(batch);
          take(batch, bytesRead);
          counts?.add(batch);
          lines?.add(batch);
        },
      });
    });
  }

  /** How many different items the list has whose items are kept. */
  get differentItems(): number {
    const { table, kept } = this.keys;
    return table.count - ((this.counts[kept]?.blank ?? 0) > 0 ? 1 : 0);
  }

  /** The common items' records, in the order of the first input. */
  records(): Int32Array {
    const records = this.keys.records();
    // Blank lines are in the table as one key: where there are none, no record is looked at.
    if (!this.counts.every(({ blank }) => blank > 0)) return records;
    return records.filter((record) => this.keys.table.keyLength(record) > 0);
  }

  isCommon(record: number): boolean {
    return this.keys.isCommon(record) && this.keys.table.keyLength(record) > 0;
  }
}
