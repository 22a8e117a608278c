/** Making room in a table before its keys come. */

/** A table that keys go into. */
interface Reservable {
  readonly count: number;
  /** Makes room for that many keys of that many bytes in all. */
  reserve(keys: number, keyBytes: number): void;
}

/** Keys that were read: key `i` has `end[i] - start[i]` bytes. */
interface Sample {
  readonly count: number;
  readonly start: Int32Array;
  readonly end: Int32Array;
}

/** How much of an input was read so far, and of how much in all (undefined: unknown). */
export interface Progress {
  readonly bytesRead: number;
  readonly size: number | undefined;
}

/**
 * Makes room in an empty table for the keys of a whole input, once the first of them have shown how long rows are; for `most`
 * keys at most.
 */
export function reserveForInput(
  table: Reservable,
  { count, start, end }: Sample,
  { bytesRead, size }: Progress,
  most: number,
): void {
  if (table.count > 0 || size === undefined || size <= bytesRead || count === 0) return;
  let keyBytes = 0;
  for (let i = 0; i < count; i++) keyBytes += end[i] - start[i];
  const factor = (size / bytesRead) * 1.02;
  const keys = Math.min(most, Math.ceil(count * factor));
  table.reserve(keys, Math.ceil((keyBytes / count) * keys));
}
