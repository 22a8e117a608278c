/** Arrow IPC files for tests, and what is read of them. */

import { type Node, type Scalar, writeFlat } from '../arrow/flat-writer.ts';
import { arrowKind, openArrow } from '../arrow/open.ts';
import { ArrowPartWriter } from '../arrow/write.ts';
import { RowCollector, type WrittenColumn } from '../columns/rows.ts';

/** Rows of texts as a file of these columns: a record batch for each list of rows. */
export async function arrowOf(
  columns: readonly WrittenColumn[],
  ...batches: readonly (readonly (readonly string[])[])[]
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const output = { write: (chunk: Uint8Array) => void parts.push(chunk), close: () => undefined };
  const collector = new RowCollector('file', columns, new ArrowPartWriter(columns, output));
  for (const rows of batches) {
    for (const row of rows) collector.add(row);
    await collector.flush();
  }
  await collector.close();
  return Buffer.concat(parts);
}

/** The table as the functions get it: CSV text. `input_data0` in refusals. Without `keep` it is read and forgotten. */
export async function readArrow(
  bytes: Uint8Array,
  { cut = 1 << 16, keep = true }: { readonly cut?: number; readonly keep?: boolean } = {},
): Promise<string> {
  const input = {
    size: bytes.length,
    *chunks() {
      for (let at = 0; at < bytes.length; at += cut) yield Uint8Array.from(bytes.subarray(at, at + cut));
    },
  };
  const kind = arrowKind(bytes);
  if (!kind) return '';
  const { table } = await openArrow(input, kind, {
    name: 'input_data0',
    delimiter: ',',
    list: false,
    column: undefined,
  });
  let text = '';
  for await (const chunk of table.chunks()) if (keep) text += Buffer.from(chunk).toString();
  return text;
}

export const byte = (value: number): Scalar => ({ bytes: 1, value });
export const short = (value: number): Scalar => ({ bytes: 2, value });
export const int = (value: number): Scalar => ({ bytes: 4, value });
export const long = (value: number): Scalar => ({ bytes: 8, value });

/** A message as a stream has it. `kind`: 1 a schema, 2 a dictionary, 3 records. */
export function messageOf(kind: number, header: Node, body = new Uint8Array(0), version = 4): Uint8Array {
  const metadata = writeFlat({ table: [short(version), byte(kind), header, long(body.length)] });
  const prefix = Buffer.alloc(8, 255);
  prefix.writeInt32LE(metadata.length, 4);
  return Buffer.concat([prefix, metadata, body]);
}

/** A field of the schema, of the type of this number. */
export const field = (
  name: string,
  number: number,
  type: Node = { table: [] },
  more: readonly Node[] = [],
): Node => ({
  table: [{ text: name }, byte(1), byte(number), type, ...more],
});

export const schemaOf = (...fields: readonly Node[]): Uint8Array =>
  messageOf(1, { table: [undefined, { list: fields }] });

/** What a batch is, and the bytes of its buffers. */
export interface CraftedBatch {
  readonly rows: number;
  /** By column: rows, and how many of them are missing. */
  readonly nodes: readonly (readonly number[])[];
  readonly buffers: readonly Uint8Array[];
  /** Where they are, if elsewhere than one after the other. */
  readonly spans?: readonly (readonly number[])[];
  readonly compression?: Node;
  readonly views?: readonly (readonly number[])[];
}

/** The header of a batch, and its body. */
export function batchOf({ rows, nodes, buffers, spans, compression, views }: CraftedBatch): {
  readonly header: Node;
  readonly body: Uint8Array;
} {
  let at = 0;
  const places = buffers.map(({ length }) => {
    at += length;
    return [at - length, length];
  });
  return {
    header: {
      table: [
        long(rows),
        { structs: nodes },
        { structs: spans ?? places },
        compression,
        views && { structs: views },
      ],
    },
    body: Buffer.concat(buffers),
  };
}

export function recordsOf(batch: CraftedBatch): Uint8Array {
  const { header, body } = batchOf(batch);
  return messageOf(3, header, Buffer.from(body));
}

/** A stream of these messages, with the mark of its end. */
export const streamOf = (...messages: readonly Uint8Array[]): Uint8Array =>
  Buffer.concat([...messages, Buffer.from([255, 255, 255, 255, 0, 0, 0, 0])]);

/** Bytes of numbers of 32 bits. */
export const words = (...numbers: readonly number[]): Uint8Array =>
  new Uint8Array(Int32Array.from(numbers).buffer);
