/** Standard base64 with the refusals of Rust's `base64` crate (0.13), whose messages Teaclave's clients see. */
import { FunctionError } from '../refusal.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const INVALID = 255;
const VALUES = new Uint8Array(256).fill(INVALID);
for (let value = 0; value < 64; value++) VALUES[ALPHABET.charCodeAt(value)] = value;
const PAD = 0x3d;

/** The six bits that a character stands for; `INVALID` for others, and beyond the text. */
const bitsAt = (text: Uint8Array, at: number): number => VALUES[text[at] ?? PAD] ?? INVALID;

const invalidByte = (text: Uint8Array, at: number) =>
  new FunctionError('invalid-arguments', `Invalid byte ${text[at]}, offset ${at}.`);

/** Number of bytes before the padding. Padding is optional, but stands at the end and only where a quad can have it. */
function lengthWithoutPadding(text: Uint8Array): number {
  const first = text.indexOf(PAD);
  const length = first < 0 ? text.length : first;
  for (let at = 0; at < length; at++) {
    if (bitsAt(text, at) === INVALID) throw invalidByte(text, at);
  }
  for (let at = length; at < text.length; at++) {
    // At most two, in the third and fourth place of a quad; a fault is reported at the first one.
    if (text[at] !== PAD || at % 4 < 2) throw invalidByte(text, length);
  }
  return length;
}

function decode(text: Uint8Array): Uint8Array {
  if (text.length % 4 === 1) {
    const last = text.length - 1;
    if (text[last] !== PAD && bitsAt(text, last) === INVALID) throw invalidByte(text, last);
    throw new FunctionError('invalid-arguments', 'Encoded text cannot have a 6-bit remainder.');
  }
  const length = lengthWithoutPadding(text);
  const decoded = new Uint8Array(Math.floor((length * 3) / 4));
  let bits = 0;
  let held = 0;
  let used = 0;
  for (let at = 0; at < length; at++) {
    bits = ((bits << 6) | bitsAt(text, at)) & 0xffff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      decoded[used++] = bits >>> held;
    }
  }
  // What is left over must be zero, so that bytes have one encoding.
  if ((bits & ((1 << held) - 1)) !== 0) {
    decoded.fill(0);
    throw new FunctionError(
      'invalid-arguments',
      `Invalid last symbol ${text[length - 1]}, offset ${length - 1}.`,
    );
  }
  return decoded;
}

/**
 * Decodes it. Throws `FunctionError` ("Invalid byte 33, offset 0.", "Invalid last symbol 98, offset 1.", "Encoded text
 * cannot have a 6-bit remainder."). It may be a key: the bytes of the text are wiped, though the string cannot be.
 */
export function decodeBase64(encoded: string): Uint8Array {
  const text = Buffer.from(encoded);
  try {
    return decode(text);
  } finally {
    text.fill(0);
  }
}
