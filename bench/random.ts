/** Seeded random numbers, small and fast; not for secrets. */
export function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A party's customers: `rows` different ones of the `rows * 1.5` that exist, in an order of its own. */
export function customers(rows: number, random: () => number): Int32Array {
  const all = Int32Array.from({ length: Math.floor(rows * 1.5) }, (_, i) => i);
  for (let i = 0; i < rows; i++) {
    const other = i + Math.floor(random() * (all.length - i));
    const swap = all[i] as number;
    all[i] = all[other] as number;
    all[other] = swap;
  }
  return all.subarray(0, rows);
}
