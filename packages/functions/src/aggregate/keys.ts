/** Keys of one or several columns as one run of bytes: as they stand in a CSV file, so that different keys differ. */
import type { RecordReader } from '../csv/record.ts';
import type { KeyBatch } from '../keyed/key-batch.ts';
import { FunctionError } from '../refusal.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;

/** 1 for the bytes that a field must be quoted for. */
const SPECIAL = new Uint8Array(256);
for (const character of ',"\r\n') SPECIAL[character.charCodeAt(0)] = 1;

/** Copies a field's text as a CSV field; returns the index after it. There is room for twice its length and two more. */
export function writeField(
  text: Uint8Array,
  start: number,
  end: number,
  into: Uint8Array,
  at: number,
): number {
  let special = 0;
  let to = at;
  for (let i = start; i < end; i++) {
    const byte = text[i] as number;
    special |= SPECIAL[byte] as number;
    into[to++] = byte;
  }
  if (special === 0) return to;
  to = at;
  into[to++] = QUOTE;
  for (let i = start; i < end; i++) {
    const byte = text[i] as number;
    if (byte === QUOTE) into[to++] = QUOTE;
    into[to++] = byte;
  }
  into[to++] = QUOTE;
  return to;
}

/** Adds the key of a record to a batch. Throws `FunctionError` for one that is empty. */
export function addKey(
  batch: KeyBatch,
  block: Uint8Array,
  view: DataView,
  reader: RecordReader,
  fields: readonly number[],
): void {
  let length = 0;
  for (const field of fields) length += (reader.end[field] as number) - (reader.start[field] as number);
  if (length === 0) throw new FunctionError('invalid-input', 'its key is empty');
  if (fields.length === 1 && !reader.special) {
    const only = fields[0] as number;
    batch.add(view, reader.start[only] as number, reader.end[only] as number);
    return;
  }
  batch.reserve(2 * length + 3 * fields.length);
  let at = batch.used;
  for (const [place, field] of fields.entries()) {
    if (place > 0) batch.bytes[at++] = COMMA;
    if (reader.doubled[field] === 1) {
      const text = reader.bytes(block, field);
      at = writeField(text, 0, text.length, batch.bytes, at);
    } else {
      const [start, end] = [reader.start[field] as number, reader.end[field] as number];
      at = writeField(block, start, end, batch.bytes, at);
    }
  }
  batch.finish(at);
}
