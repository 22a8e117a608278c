/** Writing rows of values as a Parquet file: one row group after the other. */
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { PartWriter, Value, WrittenColumn } from '../columns/rows.ts';
import type { Output } from '../function.ts';
import { elementOf } from './element.ts';

/** Hands bytes on as they are written. */
class Bytes extends ByteWriter {
  /** What was written since the last time. */
  take(): Uint8Array {
    const bytes = this.getBytes().slice();
    this.index = 0;
    return bytes;
  }
}

export class ParquetPartWriter implements PartWriter {
  readonly #columns: readonly WrittenColumn[];
  readonly #output: Output;
  readonly #bytes = new Bytes();
  readonly #writer: ParquetWriter;

  constructor(columns: readonly WrittenColumn[], output: Output) {
    this.#columns = columns;
    this.#output = output;
    const elements = columns.map(({ name, meaning }) => elementOf(name, meaning));
    this.#writer = new ParquetWriter({
      writer: this.#bytes,
      schema: [
        { name: 'schema', num_children: columns.length },
        ...elements.map((element) => ({ ...element, repetition_type: 'OPTIONAL' as const })),
      ],
      createdBy: 'gaiwan',
    });
  }

  async write(values: readonly (readonly Value[])[], rows: number): Promise<void> {
    const columnData = this.#columns.map(({ name }, i) => ({ name, data: [...(values[i] ?? [])] }));
    await this.#writer.write({ columnData, rowGroupSize: rows });
    await this.#output.write(this.#bytes.take());
  }

  async close(): Promise<void> {
    await this.#writer.finish();
    await this.#output.write(this.#bytes.take());
    await this.#output.close();
  }
}
