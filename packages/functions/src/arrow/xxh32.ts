/** The checksum of LZ4's frames: XXH32 with the seed 0 (https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md). */

const P1 = 0x9e3779b1;
const P2 = 0x85ebca77;
const P3 = 0xc2b2ae3d;
const P4 = 0x27d4eb2f;
const P5 = 0x165667b1;
const STRIPE = 16;

const rotate = (word: number, by: number): number => (word << by) | (word >>> (32 - by));

const round = (lane: number, word: number): number =>
  Math.imul(rotate((lane + Math.imul(word, P2)) | 0, 13), P1);

/** The four lanes of all whole stripes, in one number. */
function stripes(view: DataView): number {
  let [a, b, c, d] = [(P1 + P2) | 0, P2, 0, -P1 | 0];
  for (let at = 0; at + STRIPE <= view.byteLength; at += STRIPE) {
    a = round(a, view.getInt32(at, true));
    b = round(b, view.getInt32(at + 4, true));
    c = round(c, view.getInt32(at + 8, true));
    d = round(d, view.getInt32(at + 12, true));
  }
  return rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18);
}

export function xxh32(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let hash = ((bytes.length < STRIPE ? P5 : stripes(view)) + bytes.length) | 0;
  let at = bytes.length - (bytes.length % STRIPE);
  for (; at + 4 <= bytes.length; at += 4)
    hash = Math.imul(rotate((hash + Math.imul(view.getInt32(at, true), P3)) | 0, 17), P4);
  for (; at < bytes.length; at++)
    hash = Math.imul(rotate((hash + Math.imul(view.getUint8(at), P5)) | 0, 11), P1);
  hash = Math.imul(hash ^ (hash >>> 15), P2);
  hash = Math.imul(hash ^ (hash >>> 13), P3);
  return (hash ^ (hash >>> 16)) >>> 0;
}
