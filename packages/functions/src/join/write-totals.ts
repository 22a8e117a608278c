import type { Output } from '../function.ts';
import type { NameTable } from '../kernels/keyed/name-table.ts';
import { Writer } from '../keyed/writer.ts';

const COMMA = 0x2c;
const BLANK = 0x20;
const LF = 10;
/** `, `, ten digits, LF. */
const ROOM_BESIDE_NAME = 13;

/** Writes the decimal digits of a u32; returns the index after them. */
function writeDecimal(value: number, chunk: Uint8Array, at: number): number {
  let digits = 1;
  for (let limit = 10; value >= limit; limit *= 10) digits++;
  const end = at + digits;
  let rest = value >>> 0;
  for (let i = end - 1; i >= at; i--) {
    const tenth = (rest / 10) >>> 0;
    chunk[i] = 0x30 + rest - tenth * 10;
    rest = tenth;
  }
  return end;
}

/** Writes one line `name, total` for each record that round `rounds` has had, to all outputs, and closes them. */
export async function writeTotals(
  table: NameTable,
  records: Iterable<number>,
  rounds: number,
  outputs: readonly Output[],
): Promise<void> {
  const writer = new Writer(outputs);
  for (const record of records) {
    if (!table.has(record, rounds)) continue;
    const room = table.nameLength(record) + ROOM_BESIDE_NAME;
    if (!writer.hasRoom(room)) await writer.flush(room);
    const { bytes } = writer;
    let at = table.copyName(record, bytes, writer.at);
    bytes[at++] = COMMA;
    bytes[at++] = BLANK;
    at = writeDecimal(table.sum(record), bytes, at);
    bytes[at++] = LF;
    writer.at = at;
  }
  await writer.close();
}
