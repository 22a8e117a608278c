import type { Input } from '../function.ts';
import { JoinedKeys } from '../keyed/joined-keys.ts';
import { eachItemBatch, type ItemFormat } from './items.ts';
import { LineRecords } from './line-records.ts';

/** What all inputs have in common. */
export class CommonItems {
  /** By input, where marks were asked for: what each of its lines is. */
  readonly lines: readonly (LineRecords | undefined)[];
  readonly keys: JoinedKeys;
  readonly #format: ItemFormat;

  constructor(inputs: readonly Input[], format: ItemFormat, marks: boolean) {
    this.keys = new JoinedKeys(inputs, { join: 'inner', width: 0 });
    this.#format = format;
    this.lines = inputs.map(() => (marks ? new LineRecords() : undefined));
  }

  /** Reads all inputs once: the one whose items are kept, then the others in their order. Throws `FunctionError`. */
  async read(): Promise<void> {
    await this.keys.read(async (input, number, take) => {
      const lines = this.lines[number];
      await eachItemBatch(input, this.#format, `input_data${number}`, (batch, bytesRead) => {
        take(batch, bytesRead);
        lines?.add(batch);
      });
    });
  }
}
