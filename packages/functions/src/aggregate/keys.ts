/** Keys of one or several columns as one run of bytes: as they stand in a CSV file, so that different keys differ. */
import type { RecordReader } from '../csv/record.ts';
import type { KeyBatch } from '../keyed/key-batch.ts';
import type { Normalizer } from '../keyed/normalize.ts';
import type { ByteSink } from '../keyed/sink.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
/** 1 for the bytes that a field must be quoted for. */
const SPECIAL = new Uint8Array(256);
for (const character of ',"\r\n') SPECIAL[character.charCodeAt(0)] = 1;

/** Writes a field's text as a CSV field. There is room for twice its length and two more. */
export function writeField(text: Uint8Array, start: number, end: number, sink: ByteSink): void {
  const { bytes, at } = sink;
  let special = 0;
  let to = at;
  for (let i = start; i < end; i++) {
    const byte = text[i] ?? 0;
    special |= SPECIAL[byte] ?? 1;
    bytes[to++] = byte;
  }
  if (special !== 0) {
    to = at;
    bytes[to++] = QUOTE;
    for (let i = start; i < end; i++) {
      const byte = text[i] ?? 0;
      if (byte === QUOTE) bytes[to++] = QUOTE;
      bytes[to++] = byte;
    }
    bytes[to++] = QUOTE;
  }
  sink.at = to;
}

/** Adds the key of the reader's record to a batch. False, and nothing is added, where a part of it is empty: it matches nothing. */
export function addKey(batch: KeyBatch, reader: RecordReader, fields: readonly number[]): boolean {
  let length = 0;
  for (const field of fields) {
    const part = reader.endOf(field) - reader.startOf(field);
    if (part === 0) return false;
    length += part;
  }
  const [only] = fields;
  if (only !== undefined && fields.length === 1 && !reader.special) {
    batch.add(reader.view, reader.startOf(only), reader.endOf(only));
    return true;
  }
  batch.reserve(2 * length + 3 * fields.length);
  for (const [place, field] of fields.entries()) {
    if (place > 0) batch.bytes[batch.at++] = COMMA;
    if (reader.hasDoubledQuotes(field)) {
      const text = reader.bytes(field);
      writeField(text, 0, text.length, batch);
    } else writeField(reader.block, reader.startOf(field), reader.endOf(field), batch);
  }
  batch.finish();
  return true;
}

/** The texts of the key's parts, normalized; undefined where one is empty. */
export function keyTexts(
  reader: RecordReader,
  fields: readonly number[],
  normalize: Normalizer = (text) => text,
): readonly string[] | undefined {
  const texts = fields.map((field) => normalize(reader.text(field)));
  return texts.includes('') ? undefined : texts;
}

/** Adds a key of these parts, as `addKey` does. */
export function addTexts(batch: KeyBatch, texts: readonly string[]): void {
  const parts = texts.map((text) => Buffer.from(text));
  batch.reserve(parts.reduce((room, part) => room + 2 * part.length + 3, 0));
  for (const [place, part] of parts.entries()) {
    if (place > 0) batch.bytes[batch.at++] = COMMA;
    writeField(part, 0, part.length, batch);
  }
  batch.finish();
}
