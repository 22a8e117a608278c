import type { Output } from '../function.ts';
import type { KeyTable } from '../kernels/keyed/key-table.ts';
import { Writer } from '../keyed/writer.ts';
import type { ItemFormat } from './items.ts';

const ZERO = 0x30;
/** To be added to 10, 11, ... */
const LETTERS = 0x61 - 10;
const LF = 10;

const toDigit = (value: number): number => value + (value < 10 ? ZERO : LETTERS);

/** Turns `bytes[from..to)` into hexadecimal in place, from its end; there is room for twice as much. Returns the new end. */
function spreadHex(bytes: Uint8Array, from: number, to: number): number {
  for (let at = to - 1; at >= from; at--) {
    const byte = bytes[at] ?? 0;
    bytes[2 * at - from] = toDigit(byte >>> 4);
    bytes[2 * at - from + 1] = toDigit(byte & 15);
  }
  return 2 * to - from;
}

/** Writes the keys of the records, a line each, to all outputs, and closes them. */
export async function writeItems(
  table: KeyTable,
  records: Int32Array,
  format: ItemFormat,
  outputs: readonly Output[],
): Promise<void> {
  const writer = new Writer(outputs);
  for (const record of records) {
    const room = 2 * table.keyLength(record) + 4;
    if (!writer.hasRoom(room)) await writer.flush(room);
    const { bytes, view, at } = writer;
    let end = table.copyKey(record, view, at);
    if (format === 'hex') end = spreadHex(bytes, at, end);
    bytes[end] = LF;
    writer.at = end + 1;
  }
  await writer.close();
}
