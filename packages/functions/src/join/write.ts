import type { Output } from '../function.ts';
import type { NameTable } from './table.ts';

const CHUNK = 1 << 20;
/** `, `, ten digits, LF. */
const ROOM_BESIDE_NAME = 13;

/** Writes the decimal digits of a u32; returns the index after them. */
function writeDecimal(value: number, chunk: Uint8Array, at: number): number {
  let digits = 1;
  for (let limit = 10; value >= limit; limit *= 10) digits++;
  const end = at + digits;
  for (let i = end - 1; i >= at; i--) {
    const rest = Math.floor(value / 10);
    chunk[i] = 0x30 + value - rest * 10;
    value = rest;
  }
  return end;
}

/** Gives the same bytes to every output; each gets its own copy, as it may keep it. */
async function writeAll(outputs: readonly Output[], chunk: Uint8Array): Promise<void> {
  for (const [i, output] of outputs.entries()) {
    await output.write(i === outputs.length - 1 ? chunk : chunk.slice());
  }
}

/** Writes one line `name, total` for each name that round `rounds` has had, to all outputs, and closes them. */
export async function writeTotals(
  table: NameTable,
  names: Iterable<number>,
  rounds: number,
  outputs: readonly Output[],
): Promise<void> {
  let chunk = new Uint8Array(CHUNK);
  let used = 0;
  for (const number of names) {
    const sum = table.sum(number, rounds);
    if (sum < 0) continue;
    const name = table.name(number);
    if (used + name.length + ROOM_BESIDE_NAME > chunk.length) {
      if (used > 0) await writeAll(outputs, chunk.subarray(0, used));
      chunk = new Uint8Array(Math.max(CHUNK, name.length + ROOM_BESIDE_NAME));
      used = 0;
    }
    for (let k = 0; k < name.length; k++) chunk[used++] = name[k] as number;
    chunk[used++] = 0x2c;
    chunk[used++] = 0x20;
    used = writeDecimal(sum, chunk, used);
    chunk[used++] = 0x0a;
  }
  if (used > 0) await writeAll(outputs, chunk.subarray(0, used));
  for (const output of outputs) await output.close();
}
