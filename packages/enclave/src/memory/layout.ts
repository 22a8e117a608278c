/**
 * Where a structure with secrets must stand so that no secret byte is among the first eight of a cache line: the
 * mitigation of INTEL-SA-00219 (CVE-2019-0117), by which exactly those bytes could be read from outside.
 *
 * The rule of alignment: a block starts at a multiple of its own size where that is below 64, and else of 64, a cache line; so
 * what holds for one block holds for all. A total is therefore a power of two up to 64, or a multiple of 64. Inside the block
 * the structure keeps its alignment up to 8: more than a word is not promised, for the first eight bytes are the guard.
 */

import { CodedError, type RefusalTable } from '@gaiwan/errors';
import { limits } from '../limits.ts';

export const CACHE_LINE = 64;
const GUARD = 8;

/** Start and end (exclusive) in the structure, bytes. */
export type SecretRange = readonly [start: number, end: number];

/** Something with secrets in it. */
export interface Structure {
  /** Bytes. */
  readonly size: number;
  /** A power of two from 1 to 64; default 1. */
  readonly alignment?: number;
  /** Default: all of it. */
  readonly secrets?: readonly SecretRange[];
}

/** Where the structure stands. */
export interface GuardedLayout {
  /** Bytes of the block. */
  readonly total: number;
  /** Of the structure in the block. */
  readonly offset: number;
  /** Of the block: a power of two, at most 64. */
  readonly alignment: number;
}

export const layoutRefusals = {
  'no-viable-offset': {
    meaning:
      'The structure cannot be placed so that every secret keeps clear of the first bytes of cache lines.',
    remedy: 'Split the secrets, or leave 8 bytes between them.',
  },
  'bad-structure': {
    meaning: 'The size, alignment or secrets of the structure contradict each other, or are too large.',
    remedy: 'Give an alignment that is a power of two up to 64, and secrets that lie within the structure.',
  },
} as const satisfies RefusalTable;

/** There is no guarded place for a structure. */
export class LayoutError extends CodedError<keyof typeof layoutRefusals> {
  override readonly name = 'LayoutError';
}

function checkStructure({ size, alignment = 1, secrets = [] }: Structure): void {
  const bad = (what: string) => {
    throw new LayoutError('bad-structure', what);
  };
  if (!Number.isInteger(size) || size < 1 || size > limits.structure.value)
    bad(`a structure of ${size} bytes`);
  if (![1, 2, 4, 8, 16, 32, 64].includes(alignment)) bad(`an alignment of ${alignment}`);
  for (const [start, end] of secrets) {
    if (!Number.isInteger(start) || !Number.isInteger(end) || start < 0 || end <= start || end > size)
      bad(`a secret from ${start} to ${end} in a structure of ${size} bytes`);
  }
}

/** The smallest block that has room for `size` bytes, then the next ones. */
function* totals(size: number): Iterable<number> {
  let total = 1;
  while (total < size && total < CACHE_LINE) total *= 2;
  if (total < size) total = Math.ceil(size / CACHE_LINE) * CACHE_LINE;
  // One line more than it needs leaves room for every offset within a line.
  for (; total <= Math.ceil(size / CACHE_LINE) * CACHE_LINE + CACHE_LINE; ) {
    yield total;
    total = total < CACHE_LINE ? total * 2 : total + CACHE_LINE;
  }
}

/** Whether bytes of a line from `start` to `end`, counted from a line's beginning, keep clear of every guard. */
function isClear(start: number, end: number): boolean {
  const inLine = start % CACHE_LINE;
  return inLine >= GUARD && inLine + (end - start) <= CACHE_LINE;
}

/**
 * The smallest block, and in it the smallest offset.
 *
 * @throws {LayoutError}
 */
export function guardedLayout(structure: Structure): GuardedLayout {
  checkStructure(structure);
  const { size, alignment: wanted = 1, secrets = [[0, size]] } = structure;
  const step = Math.min(wanted, GUARD);
  for (const total of totals(size)) {
    const alignment = Math.min(total, CACHE_LINE);
    for (let offset = 0; offset + size <= total; offset += step) {
      let fits = true;
      for (let block = 0; fits && block < CACHE_LINE; block += alignment) {
        fits = secrets.every(([start, end]) => isClear(block + offset + start, block + offset + end));
      }
      if (fits) return { total, offset, alignment };
    }
  }
  throw new LayoutError(
    'no-viable-offset',
    `no viable offset: ${size} bytes cannot be placed so that every secret keeps clear of the first ${GUARD} bytes of a cache line; split the secrets, or leave ${GUARD} bytes between them`,
  );
}
