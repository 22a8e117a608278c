/** Floats as Rust's `parse::<f64>` and `parse::<f32>` read them. */
import { FunctionError } from '../refusal.ts';
import { floatFault, slowF64 } from './float-text.ts';
import { isMidpoint, roundMidpoint } from './parse32.ts';
import { type Scanned, scanNumber } from './scan.ts';

const scanned: Scanned = { value: 0 };

/** Bytes as text of one character each: what is not ASCII is in no number. */
function latin1(text: Uint8Array, start: number, end: number): string {
  return Buffer.from(text.buffer, text.byteOffset + start, end - start).toString('latin1');
}

/** The double nearest to `text[start..end]`. Throws `FunctionError` with Rust's text for what is no float. */
export function parseF64(text: Uint8Array, start = 0, end = text.length): number {
  if (scanNumber(text, start, end, scanned) === end) return scanned.value;
  const slow = latin1(text, start, end);
  const fault = floatFault(slow);
  if (fault !== undefined) throw new FunctionError('invalid-input', fault);
  return slowF64(slow);
}

/** The float of 32 bits nearest to `text[start..end]`. Throws as `parseF64`. */
export function parseF32(text: Uint8Array, start = 0, end = text.length): number {
  return toF32(parseF64(text, start, end), text, start, end);
}

/** Continues from the double nearest to the text. */
function toF32(value: number, text: Uint8Array, start: number, end: number): number {
  return isMidpoint(value) ? roundMidpoint(latin1(text, start, end), value) : Math.fround(value);
}
