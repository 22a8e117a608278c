/**
 * Natural numbers as little-endian digits of 16 bits, for checking RSA keys: unlike a BigInt they can be wiped, and no
 * branch depends on their digits.
 */
export type Limbs = Uint16Array<ArrayBuffer>;

/** From big-endian bytes, with `length` digits. */
export function toLimbs(bytes: Uint8Array, length: number): Limbs {
  const digits = new Uint16Array(length);
  for (let i = 0; i < bytes.length; i++) {
    const place = bytes.length - 1 - i;
    digits[place >>> 1] = digits[place >>> 1] | (bytes[i] << (8 * (place & 1)));
  }
  return digits;
}

/** Bits of big-endian bytes without leading zeros. */
export function bitLength(bytes: Uint8Array): number {
  return bytes.length === 0 ? 0 : 8 * bytes.length - Math.clz32(bytes[0]) + 24;
}

/** Whether a < b; both have the same number of digits. */
export function isLess(a: Limbs, b: Limbs): boolean {
  let borrow = 0;
  for (let i = 0; i < a.length; i++) borrow = ((a[i] - b[i] - borrow) >> 31) & 1;
  return borrow === 1;
}

/** A number modulo another one, with memory for the digits of a sum. */
interface Residue {
  readonly sum: Limbs;
  readonly modulus: Limbs;
  readonly spare: Limbs;
}

/** sum = (sum + (addend where `take` is 1)) mod m, where sum and addend are below m; the addend may be the sum itself. */
function addModulo({ sum, modulus, spare }: Residue, addend: Limbs, take: number): void {
  const mask = -take & 0xffff;
  let carry = 0;
  let borrow = 0;
  for (let i = 0; i < sum.length; i++) {
    const total = sum[i] + (addend[i] & mask) + carry;
    carry = total >>> 16;
    sum[i] = total;
    const reduced = (total & 0xffff) - modulus[i] - borrow;
    borrow = (reduced >> 31) & 1;
    spare[i] = reduced;
  }
  // The reduced digits count unless taking the modulus away borrowed more than was carried.
  const keep = -(borrow & ~carry & 1) & 0xffff;
  for (let i = 0; i < sum.length; i++) {
    sum[i] = (sum[i] & keep) | (spare[i] & ~keep);
  }
}

/** a * b mod m, by doubling and adding; all have the same number of digits, and a is below m. */
export function multiplyModulo(a: Limbs, b: Limbs, modulus: Limbs): Limbs {
  const sum = new Uint16Array(a.length);
  const spare = new Uint16Array(a.length);
  const residue = { sum, modulus, spare };
  for (let bit = 16 * b.length - 1; bit >= 0; bit--) {
    addModulo(residue, sum, 1);
    addModulo(residue, a, (b[bit >>> 4] >>> (bit & 15)) & 1);
  }
  spare.fill(0);
  return sum;
}

/** Whether it is the small number. */
export function isSmall(a: Limbs, small: number): boolean {
  let difference = a[0] ^ small;
  for (let i = 1; i < a.length; i++) difference |= a[i];
  return difference === 0;
}
