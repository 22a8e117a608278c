import { describe, expect, it } from 'vitest';
import { guardedLayout, LayoutError, type SecretRange, type Structure } from './layout.ts';

describe('known answers', () => {
  it.each<[size: number, secrets: SecretRange[], total: number, offset: number]>([
    [40, [[0, 40]], 64, 8],
    [
      48,
      [
        [0, 40],
        [40, 48],
      ],
      64,
      8,
    ],
    [
      56,
      [
        [0, 40],
        [40, 56],
      ],
      64,
      8,
    ],
    [
      72,
      [
        [0, 40],
        [48, 72],
      ],
      128,
      24,
    ],
  ])('size %i', (size, secrets, total, offset) => {
    for (const alignment of [1, 8])
      expect(guardedLayout({ size, alignment, secrets })).toEqual({ total, offset, alignment: 64 });
  });

  it('56 bytes leave no padding at the tail', () => {
    const { total, offset } = guardedLayout({ size: 56 });
    expect(total - offset - 56).toBe(0);
  });

  it('a lone key of 16 bytes, whatever its alignment', () => {
    for (const alignment of [1, 8, 16])
      expect(guardedLayout({ size: 16, alignment })).toEqual({ total: 32, offset: 8, alignment: 32 });
  });

  it('refuses what has no place', () => {
    expect(() =>
      guardedLayout({
        size: 64,
        secrets: [
          [0, 40],
          [40, 64],
        ],
      }),
    ).toThrow(/no viable offset/);
    expect(() => guardedLayout({ size: 57 })).toThrow(LayoutError);
    expect(() =>
      guardedLayout({
        size: 200,
        secrets: [
          [0, 8],
          [100, 160],
        ],
      }),
    ).toThrow(/no viable offset/);
  });

  it('public bytes may stand where secrets may not', () => {
    expect(guardedLayout({ size: 64, secrets: [[8, 64]] })).toEqual({ total: 64, offset: 0, alignment: 64 });
    expect(guardedLayout({ size: 24, secrets: [] })).toEqual({ total: 32, offset: 0, alignment: 32 });
  });

  it.each<Structure>([
    { size: 0 },
    { size: 1.5 },
    { size: 2 ** 21 },
    { size: 8, alignment: 3 },
    { size: 8, alignment: 128 },
    { size: 8, secrets: [[4, 9]] },
    { size: 8, secrets: [[4, 4]] },
    { size: 8, secrets: [[-1, 4]] },
  ])('refuses what is no structure: %j', (structure) => {
    expect(() => guardedLayout(structure)).toThrow(expect.objectContaining({ code: 'bad-structure' }));
  });
});

const TOTALS = [1, 2, 4, 8, 16, 32, 64, 128, 192, 256];

/** Byte by byte over real addresses: many blocks one after another, from an address that is a multiple of their alignment. */
function isExposed(total: number, byte: number): boolean {
  for (let address = 0; address < 1024; address += total) if ((address + byte) % 64 < 8) return true;
  return false;
}
const exposed = new Map(
  TOTALS.map((total) => [total, Array.from({ length: total }, (_, byte) => isExposed(total, byte))]),
);

function bruteForce(mask: readonly boolean[], step: number): { total: number; offset: number } | undefined {
  const secret = mask.flatMap((isSecret, index) => (isSecret ? [index] : []));
  for (const [total, bad] of exposed) {
    for (let offset = 0; offset + mask.length <= total; offset += step) {
      if (!secret.some((index) => bad[offset + index])) return { total, offset };
    }
  }
  return undefined;
}

describe('against a search over all bytes', () => {
  const answer = (structure: Structure) => {
    try {
      const { total, offset } = guardedLayout(structure);
      return { total, offset };
    } catch (error) {
      if (error instanceof LayoutError) return undefined;
      throw error;
    }
  };
  const mask = (size: number, ranges: readonly SecretRange[]) =>
    Array.from({ length: size }, (_, index) => ranges.some(([start, end]) => index >= start && index < end));

  it('one secret: every size to 80, every start and end, every alignment', () => {
    const wrong: unknown[] = [];
    for (let size = 1; size <= 80; size++) {
      for (let start = 0; start < size; start++) {
        for (let end = start + 1; end <= size; end++) {
          const secrets: SecretRange[] = [[start, end]];
          const bytes = mask(size, secrets);
          const found = new Map([1, 2, 4, 8].map((step) => [step, bruteForce(bytes, step)]));
          for (const alignment of [1, 2, 4, 8, 16, 32, 64]) {
            const ours = answer({ size, alignment, secrets });
            const theirs = found.get(Math.min(alignment, 8));
            if (JSON.stringify(ours) !== JSON.stringify(theirs))
              wrong.push({ size, start, end, alignment, ours, theirs });
          }
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it('two secrets of words: every structure of up to 16 words', () => {
    const wrong: unknown[] = [];
    for (let words = 2; words <= 16; words++) {
      for (let a = 1; a < words; a++) {
        for (let b = a; b < words; b++) {
          const secrets: SecretRange[] = [
            [0, 8 * a],
            [8 * b, 8 * words],
          ];
          const ours = answer({ size: 8 * words, alignment: 8, secrets });
          const theirs = bruteForce(mask(8 * words, secrets), 8);
          if (JSON.stringify(ours) !== JSON.stringify(theirs)) wrong.push({ words, a, b, ours, theirs });
        }
      }
    }
    expect(wrong).toEqual([]);
  });
});
