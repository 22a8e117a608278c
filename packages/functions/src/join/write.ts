import type { Output } from '../function.ts';
import type { NameTable } from '../kernels/keyed/name-table.ts';

const CHUNK = 1 << 20;
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

/** Gives the same bytes to every output; each gets its own copy, as it may keep it. */
async function writeAll(outputs: readonly Output[], chunk: Uint8Array): Promise<void> {
  for (const [i, output] of outputs.entries()) {
    await output.write(i === outputs.length - 1 ? chunk : chunk.slice());
  }
}

/** Writes one line `name, total` for each record that round `rounds` has had, to all outputs, and closes them. */
export async function writeTotals(
  table: NameTable,
  records: Iterable<number>,
  rounds: number,
  outputs: readonly Output[],
): Promise<void> {
  let chunk = new Uint8Array(CHUNK);
  let used = 0;
  for (const record of records) {
    if (!table.has(record, rounds)) continue;
    const room = table.nameLength(record) + ROOM_BESIDE_NAME;
    if (used + room > chunk.length) {
      if (used > 0) await writeAll(outputs, chunk.subarray(0, used));
      chunk = new Uint8Array(Math.max(CHUNK, room));
      used = 0;
    }
    used = table.copyName(record, chunk, used);
    chunk[used++] = 0x2c;
    chunk[used++] = 0x20;
    used = writeDecimal(table.sum(record), chunk, used);
    chunk[used++] = 0x0a;
  }
  if (used > 0) await writeAll(outputs, chunk.subarray(0, used));
  for (const output of outputs) await output.close();
}
