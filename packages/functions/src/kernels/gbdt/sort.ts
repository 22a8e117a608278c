/** Sorting floats of 32 bits by radix: linear in the rows, stable. */

const BITS = 11;
const BUCKETS = 1 << BITS;
const MASK = BUCKETS - 1;
const PASSES = 3;

/** Makes the bits of a float ordered as an unsigned integer; -0 and 0 become one. */
function toOrderedKeys(values: Float32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const keys = new Uint32Array(values.length);
  for (let i = 0; i < keys.length; i++) {
    const b = bits[i];
    keys[i] = b === 0x80000000 ? b : (b ^ ((b >> 31) | 0x80000000)) >>> 0;
  }
  return keys;
}

/** The indices of `values` (no NaN) in ascending order of their values; of equal ones in their own order. */
export function orderOf(values: Float32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const count = values.length;
  const keys = toOrderedKeys(values);
  let from = new Uint32Array(count);
  let to = new Uint32Array(count);
  for (let i = 0; i < count; i++) from[i] = i;
  const starts = new Uint32Array(BUCKETS);
  for (let pass = 0; pass < PASSES; pass++) {
    const shift = pass * BITS;
    starts.fill(0);
    for (let i = 0; i < count; i++) {
      const bucket = (keys[i] >>> shift) & MASK;
      starts[bucket] = starts[bucket] + 1;
    }
    let sum = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const here = starts[bucket];
      starts[bucket] = sum;
      sum += here;
    }
    for (let i = 0; i < count; i++) {
      const index = from[i];
      const bucket = (keys[index] >>> shift) & MASK;
      const at = starts[bucket];
      starts[bucket] = at + 1;
      to[at] = index;
    }
    [from, to] = [to, from];
  }
  return from;
}

/** Puts the `k`-th smallest of `values[0..count]` at `k`, none larger before it (Hoare's selection). */
export function select(values: Float32Array, count: number, k: number): number {
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const pivot = values[(low + high) >>> 1];
    let i = low - 1;
    let j = high + 1;
    for (;;) {
      do i++;
      while (values[i] < pivot);
      do j--;
      while (values[j] > pivot);
      if (i >= j) break;
      const swapped = values[i];
      values[i] = values[j];
      values[j] = swapped;
    }
    if (k <= j) high = j;
    else low = j + 1;
  }
  return values[k];
}
