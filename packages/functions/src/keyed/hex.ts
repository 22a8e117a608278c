/** Hexadecimal text to bytes, with the refusals of Rust's `hex` crate. */
import { FunctionError } from '../refusal.ts';

/** Value of each byte as a hexadecimal digit, 255 if it is none. */
const VALUES = new Uint8Array(256).fill(255);
for (const [value, digit] of '0123456789abcdef'.split('').entries()) {
  VALUES[digit.charCodeAt(0)] = value;
  VALUES[digit.toUpperCase().charCodeAt(0)] = value;
}

const ESCAPES: Readonly<Record<number, string>> = {
  0: '\\0',
  9: '\\t',
  10: '\\n',
  13: '\\r',
  39: "\\'",
  92: '\\\\',
};

/** A byte, taken as a Latin-1 character, as Rust's debug format shows it. */
function shown(byte: number): string {
  const escaped = ESCAPES[byte];
  if (escaped !== undefined) return `'${escaped}'`;
  const printable = (byte >= 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
  return printable ? `'${String.fromCharCode(byte)}'` : `'\\u{${byte.toString(16)}}'`;
}

function invalid(text: Uint8Array, start: number, end: number): FunctionError {
  let at = start;
  while (at < end && VALUES[text[at] as number] !== 255) at++;
  return new FunctionError(
    'invalid-input',
    `Invalid character ${shown(text[at] as number)} at position ${at - start}`,
  );
}

/**
 * Decodes `text[start..end)` into `into[place..]`, which must have room for half as many bytes; returns the index after
 * them. Throws `FunctionError` ("Odd number of digits", "Invalid character 'g' at position 3").
 */
export function decodeHex(text: Uint8Array, start: number, end: number, into: Uint8Array, place = 0): number {
  if ((end - start) % 2 !== 0) throw new FunctionError('invalid-input', 'Odd number of digits');
  let to = place;
  for (let at = start; at < end; at += 2) {
    const high = VALUES[text[at] as number] as number;
    const low = VALUES[text[at + 1] as number] as number;
    if ((high | low) > 15) throw invalid(text, start, end);
    into[to++] = (high << 4) | low;
  }
  return to;
}
