/** Seeded mutation of bytes: what fuzzers of formats do, without their machinery. */

/** Numbers from a seed (xorshift32); the same ones each time. */
export function random(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** Values at which lengths and counts go wrong. */
const interesting = [
  0, 1, 2, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff,
];

type Random = (below: number) => number;

function overwrite(bytes: Uint8Array, next: Random): Uint8Array {
  const width = ([1, 2, 4] as const)[next(3)] as 1 | 2 | 4;
  if (bytes.length < width) return bytes;
  const at = next(bytes.length - width + 1);
  const value = (interesting[next(interesting.length)] as number) % 2 ** (8 * width);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const little = next(2) === 0;
  if (width === 1) view.setUint8(at, value);
  else if (width === 2) view.setUint16(at, value, little);
  else view.setUint32(at, value, little);
  return bytes;
}

function splice(bytes: Uint8Array, other: Uint8Array, next: Random): Uint8Array {
  const [from, to] = [next(bytes.length + 1), next(other.length + 1)];
  const length = Math.min(next(64) + 1, other.length - to);
  const spliced = new Uint8Array(bytes.length + length);
  spliced.set(bytes.subarray(0, from));
  spliced.set(other.subarray(to, to + length), from);
  spliced.set(bytes.subarray(from), from + length);
  return spliced;
}

function remove(bytes: Uint8Array, next: Random): Uint8Array {
  const from = next(bytes.length + 1);
  const length = Math.min(next(16) + 1, bytes.length - from);
  const shorter = new Uint8Array(bytes.length - length);
  shorter.set(bytes.subarray(0, from));
  shorter.set(bytes.subarray(from + length), from);
  return shorter;
}

/** One to four changes to a copy of a seed. `others`: where splices come from. */
export function mutate(seed: Uint8Array, others: readonly Uint8Array[], next: Random): Uint8Array {
  let bytes = Uint8Array.from(seed);
  for (let count = next(4) + 1; count > 0; count--) {
    const kind = next(8);
    if (kind < 2 && bytes.length > 0) bytes[next(bytes.length)] = next(256);
    else if (kind < 5) bytes = Uint8Array.from(overwrite(bytes, next));
    else if (kind === 5)
      bytes = Uint8Array.from(splice(bytes, others[next(others.length)] as Uint8Array, next));
    else if (kind === 6) bytes = Uint8Array.from(remove(bytes, next));
    else bytes = bytes.slice(0, next(bytes.length + 1));
  }
  return bytes;
}
