/** Writing rows of values as an Arrow IPC file, uncompressed: one record batch after the other. */
import type { PartWriter, Value, WrittenColumn } from '../columns/rows.ts';
import type { Output } from '../function.ts';
import { type Node, type Scalar, writeFlat } from './flat-writer.ts';
import { fieldOf, writtenArray } from './written-types.ts';

const MARK = 'ARROW1';
const ALIGNMENT = 8;
/** Of the metadata. */
const VERSION: Scalar = { bytes: 2, value: 4 };
const SCHEMA = 1;
const RECORDS = 3;

/** As the end lists it: where it begins, the bytes of its metadata and of its body. */
type Block = readonly [start: number, metadata: number, body: number];

const long = (value: number): Scalar => ({ bytes: 8, value });

const padded = (length: number): number => Math.ceil(length / ALIGNMENT) * ALIGNMENT;

function prefixed(length: number): Buffer {
  const prefix = Buffer.alloc(8, 255);
  prefix.writeInt32LE(length, 4);
  return prefix;
}

function messageOf(kind: number, header: Node, body: number): Buffer {
  const metadata = writeFlat({ table: [VERSION, { bytes: 1, value: kind }, header, long(body)] });
  return Buffer.concat([prefixed(metadata.length), metadata]);
}

export class ArrowPartWriter implements PartWriter {
  readonly #columns: readonly WrittenColumn[];
  readonly #output: Output;
  readonly #schema: Node;
  readonly #blocks: Block[] = [];
  #at = 0;

  constructor(columns: readonly WrittenColumn[], output: Output) {
    this.#columns = columns;
    this.#output = output;
    this.#schema = { table: [undefined, { list: columns.map(fieldOf) }] };
  }

  async write(values: readonly (readonly Value[])[], rows: number): Promise<void> {
    await this.#begin();
    const arrays = this.#columns.map(({ meaning }, i) => writtenArray(meaning, values[i] ?? []));
    const parts: Uint8Array[] = [];
    const spans: (readonly [start: number, length: number])[] = [];
    let body = 0;
    for (const buffer of arrays.flatMap(({ buffers }) => buffers)) {
      spans.push([body, buffer.length]);
      const size = padded(buffer.length);
      parts.push(buffer, new Uint8Array(size - buffer.length));
      body += size;
    }
    const nodes = arrays.map(({ missing }) => [rows, missing]);
    const metadata = messageOf(
      RECORDS,
      { table: [long(rows), { structs: nodes }, { structs: spans }] },
      body,
    );
    this.#blocks.push([this.#at, metadata.length, body]);
    await this.#write(Buffer.concat([metadata, ...parts]));
  }

  async close(): Promise<void> {
    await this.#begin();
    const blocks = this.#blocks.map(([start, metadata, body]) => [start, metadata, body]);
    const end = writeFlat({ table: [VERSION, this.#schema, { structs: [] }, { structs: blocks }] });
    const length = Buffer.alloc(4);
    length.writeInt32LE(end.length);
    await this.#write(Buffer.concat([prefixed(0), end, length, Buffer.from(MARK)]));
    await this.#output.close();
  }

  /** The mark and the schema, once. */
  async #begin(): Promise<void> {
    if (this.#at > 0) return;
    await this.#write(
      Buffer.concat([
        Buffer.from(MARK),
        Buffer.alloc(ALIGNMENT - MARK.length),
        messageOf(SCHEMA, this.#schema, 0),
      ]),
    );
  }

  async #write(bytes: Buffer): Promise<void> {
    this.#at += bytes.length;
    await this.#output.write(bytes);
  }
}
