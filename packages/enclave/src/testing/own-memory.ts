/** This process's own memory as the kernel shows it (Linux): where bytes really are. */
import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs';

const MAPS = '/proc/self/maps';
const MEMORY = '/proc/self/mem';
const CHUNK = 1 << 20;

/** Why it cannot be looked at here; undefined where it can. */
export const noOwnMemory: string | undefined = existsSync(MAPS) ? undefined : `there is no ${MAPS}`;

interface Region {
  readonly start: number;
  readonly end: number;
}

/** What can be written and belongs to no file. */
const regions = (): Region[] =>
  [...readFileSync(MAPS, 'latin1').matchAll(/^([0-9a-f]+)-([0-9a-f]+) rw.p \S+ \S+ 0 /gm)].map(
    ([, start = '', end = '']) => ({ start: Number.parseInt(start, 16), end: Number.parseInt(end, 16) }),
  );

/** At an address; undefined where nothing can be read. */
function bytesAt(file: number, address: number, into: Buffer): Buffer | undefined {
  try {
    return into.subarray(0, readSync(file, into, 0, into.length, address));
  } catch {
    return undefined;
  }
}

function* indicesOf(bytes: Buffer, wanted: Uint8Array): Iterable<number> {
  for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, at + 1)) yield at;
}

/**
 * Addresses where `before` is found and, after `change`, `after`: of equal length. Copies elsewhere, such as those that looking
 * makes, do not change with it.
 */
export function addressesOf(before: Uint8Array, after: Uint8Array, change: () => void): number[] {
  const file = openSync(MEMORY, 'r');
  try {
    const buffer = Buffer.alloc(CHUNK);
    const found: number[] = [];
    for (const { start, end } of regions()) {
      for (let at = start; at < end; at += CHUNK) {
        const bytes = bytesAt(file, at, buffer.subarray(0, Math.min(CHUNK, end - at)));
        if (bytes) for (const index of indicesOf(bytes, before)) found.push(at + index);
      }
    }
    change();
    return found.filter((address) => bytesAt(file, address, Buffer.alloc(after.length))?.equals(after));
  } finally {
    closeSync(file);
  }
}
