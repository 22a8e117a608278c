/** Hexadecimal text to bytes, with the refusals of Rust's `hex` crate. */
import { FunctionError } from '../refusal.ts';
import type { ByteSink } from './sink.ts';

/** In place of a digit's value. It is no digit itself. */
const INVALID = 255;
/** Value of each byte as a hexadecimal digit. */
const VALUES = new Uint8Array(256).fill(INVALID);
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
function describeByte(byte: number): string {
  const escaped = ESCAPES[byte];
  if (escaped !== undefined) return `'${escaped}'`;
  const printable = (byte >= 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
  return printable ? `'${String.fromCharCode(byte)}'` : `'\\u{${byte.toString(16)}}'`;
}

/** Value of the byte at `at` as a digit, `INVALID` if it is none. */
const digitAt = (text: Uint8Array, at: number): number => VALUES[text[at] ?? INVALID] ?? INVALID;

function invalid(text: Uint8Array, start: number, end: number): FunctionError {
  let at = start;
  while (at < end && digitAt(text, at) !== INVALID) at++;
  return new FunctionError(
    'invalid-input',
    `Invalid character ${describeByte(text[at] ?? 0)} at position ${at - start}`,
  );
}

/**
 * Decodes `text[start..end)` into the sink, which must have room for half as many bytes.
 *
 * @throws FunctionError "Odd number of digits", "Invalid character 'g' at position 3"; the sink is where it was.
 */
export function decodeHex(text: Uint8Array, start: number, end: number, sink: ByteSink): void {
  if ((end - start) % 2 !== 0) throw new FunctionError('invalid-input', 'Odd number of digits');
  const { bytes } = sink;
  let to = sink.at;
  for (let at = start; at < end; at += 2) {
    const high = digitAt(text, at);
    const low = digitAt(text, at + 1);
    if ((high | low) > 15) throw invalid(text, start, end);
    bytes[to++] = (high << 4) | low;
  }
  sink.at = to;
}
