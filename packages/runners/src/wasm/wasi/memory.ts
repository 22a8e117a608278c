/** How the calls of WASI read and write the program's memory. */
import type { Guest } from '../guest.ts';
import { refuse } from './call.ts';
import type { Stat } from './descriptors.ts';
import { INVAL } from './errno.ts';

const MOST = BigInt(Number.MAX_SAFE_INTEGER);

/** `IOV_MAX` of Linux. */
const MOST_VECTORS = 1024;

/** What a list of pointers and lengths leads to. Throws `Trap`, and `Errno` (INVAL) for a list that is too long. */
export function vectors(guest: Guest, pointer: number, count: number): Uint8Array[] {
  const view = guest.view(pointer, 8 * (count >>> 0));
  if (count >>> 0 > MOST_VECTORS) refuse(INVAL);
  return Array.from({ length: count >>> 0 }, (_, index) =>
    guest.range(view.getUint32(8 * index, true), view.getUint32(8 * index + 4, true)),
  );
}

/** Reads into each of them in turn, until one is not filled. */
export function readInto(
  targets: readonly Uint8Array[],
  read: (target: Uint8Array, done: number) => number,
): number {
  let total = 0;
  for (const target of targets) {
    const got = target.length === 0 ? 0 : read(target, total);
    total += got;
    if (got < target.length) break;
  }
  return total;
}

/** An unsigned number of 64 bits that stands for a place in a file. Throws `Errno`. */
export function place(value: bigint): number {
  const unsigned = BigInt.asUintN(64, value);
  return unsigned <= MOST ? Number(unsigned) : refuse(INVAL);
}

/** A `filestat`. Times that nobody keeps are 0. */
export function writeStat(
  guest: Guest,
  pointer: number,
  { type, size, device, inode, links = 1, times }: Stat,
): void {
  const view = guest.view(pointer, 64);
  for (let at = 0; at < 64; at += 8) view.setBigUint64(at, 0n, true);
  view.setBigUint64(0, BigInt(device), true);
  view.setBigUint64(8, BigInt(inode), true);
  view.setUint8(16, type);
  view.setBigUint64(24, BigInt(links), true);
  view.setBigUint64(32, BigInt(size), true);
  if (!times) return;
  view.setBigUint64(40, times.accessed, true);
  view.setBigUint64(48, times.modified, true);
  view.setBigUint64(56, times.changed, true);
}
