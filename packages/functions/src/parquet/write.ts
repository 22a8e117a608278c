/** Writing rows of texts as a Parquet file: one row group after the other. */
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { Output } from '../function.ts';
import { quote } from '../text/quote.ts';
import type { WrittenColumn } from './element.ts';
import { within } from './place.ts';

/** Cells that are in memory at once, about. */
const CELLS = 1 << 20;
const MOST_ROWS = 100_000;
/** Characters of their texts. */
const TEXT = 64 << 20;

/** Hands bytes on as they are written. */
class Bytes extends ByteWriter {
  /** What was written since the last time. */
  take(): Uint8Array {
    const bytes = this.getBytes().slice();
    this.index = 0;
    return bytes;
  }
}

export class TableWriter {
  readonly #columns: readonly WrittenColumn[];
  readonly #output: Output;
  readonly #name: string;
  readonly #bytes = new Bytes();
  readonly #writer: ParquetWriter;
  #values: unknown[][];
  #rows = 0;
  #text = 0;

  /** `name`: of the slot, for refusals. */
  constructor(name: string, columns: readonly WrittenColumn[], output: Output) {
    this.#name = name;
    this.#columns = columns;
    this.#output = output;
    this.#values = columns.map(() => []);
    this.#writer = new ParquetWriter({
      writer: this.#bytes,
      schema: [
        { name: 'schema', num_children: columns.length },
        ...columns.map(({ element }) => ({ ...element, repetition_type: 'OPTIONAL' as const })),
      ],
      createdBy: 'gaiwan',
    });
  }

  /** An empty text is a value that is missing. Returns whether `flush` is due. @throws FunctionError with the column, for a text that is none of its type */
  add(row: readonly string[]): boolean {
    for (const [i, { element, parse }] of this.#columns.entries()) {
      const text = row[i] ?? '';
      this.#text += text.length;
      const value =
        text === ''
          ? null
          : within(
              () => `${this.#name}, column ${quote(element.name)}`,
              () => parse(text),
            );
      this.#values[i]?.push(value);
    }
    this.#rows++;
    return this.#rows === MOST_ROWS || this.#rows * this.#columns.length >= CELLS || this.#text >= TEXT;
  }

  /** Writes a row group of what was added. */
  async flush(): Promise<void> {
    if (this.#rows === 0) return;
    const columnData = this.#columns.map(({ element: { name } }, i) => ({
      name,
      data: this.#values[i] ?? [],
    }));
    await this.#writer.write({ columnData, rowGroupSize: this.#rows });
    this.#values = this.#columns.map(() => []);
    this.#rows = 0;
    this.#text = 0;
    await this.#output.write(this.#bytes.take());
  }

  /** Writes what is left and the metadata. */
  async close(): Promise<void> {
    await this.flush();
    await this.#writer.finish();
    await this.#output.write(this.#bytes.take());
    await this.#output.close();
  }
}
