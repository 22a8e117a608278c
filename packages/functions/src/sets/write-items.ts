import type { Output } from '../function.ts';
import type { KeyTable } from '../kernels/keyed/key-table.ts';
import { Writer } from '../keyed/writer.ts';
import type { ItemFormat } from './items.ts';

const DIGITS = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));
const LF = 10;

/** Turns `chunk[from..to)` into hexadecimal in place, from its end; there is room for twice as much. Returns the new end. */
function spreadHex(chunk: Uint8Array, from: number, to: number): number {
  for (let at = to - 1; at >= from; at--) {
    const byte = chunk[at] as number;
    chunk[2 * at - from] = DIGITS[byte >>> 4] as number;
    chunk[2 * at - from + 1] = DIGITS[byte & 15] as number;
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
    const { chunk, view, used } = writer;
    let end = table.copyKey(record, view, used);
    if (format === 'hex') end = spreadHex(chunk, used, end);
    chunk[end] = LF;
    writer.used = end + 1;
  }
  await writer.close();
}
