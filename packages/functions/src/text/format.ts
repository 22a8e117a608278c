/** Numbers as Rust's libraries write them (contract 2.3). */
import { type Digits, shortest32, splitExponential } from './shortest32.ts';

/** Positions of the decimal point (10^(k-1) <= |v| < 10^k) that are written plainly: above `low`, up to `high`. */
interface Plain {
  readonly low: number;
  readonly high: number;
}

const SERDE_F64: Plain = { low: -5, high: 16 };
const SERDE_F32: Plain = { low: -6, high: 13 };
const DEBUG_F64: Plain = { low: -4, high: 16 };

function arrange({ digits, exponent }: Digits, plain: Plain): string {
  const point = exponent + 1;
  if (point > plain.high || point <= plain.low) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
    return `${digits[0]}${fraction}e${exponent}`;
  }
  if (point <= 0) return `0.${'0'.repeat(-point)}${digits}`;
  if (digits.length <= point) return `${digits.padEnd(point, '0')}.0`;
  return `${digits.slice(0, point)}.${digits.slice(point)}`;
}

function format(value: number, shortest: (positive: number) => Digits, plain: Plain): string {
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const size = Math.abs(value);
  return sign + (size === 0 ? '0.0' : arrange(shortest(size), plain));
}

const shortest64 = (value: number): Digits => splitExponential(value.toExponential());

/** An f64 in JSON, as serde_json; what is not finite is `null`, as there. */
export function formatF64(value: number): string {
  return Number.isFinite(value) ? format(value, shortest64, SERDE_F64) : 'null';
}

/** An f32 in JSON, as serde_json: `value` must be one (`Math.fround`). What is not finite is `null`. */
export function formatF32(value: number): string {
  return Number.isFinite(value) ? format(value, shortest32, SERDE_F32) : 'null';
}

function formatNonFinite(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? 'inf' : '-inf';
}

/** An f64 as Rust's `{:?}`. */
export function formatDebug(value: number): string {
  const size = Math.abs(value);
  // JavaScript's text there, but for integers; the usual case, and several times as fast.
  if (size >= 1e-4 && size < 1e16) return Number.isInteger(value) ? `${value}.0` : `${value}`;
  return Number.isFinite(value) ? format(value, shortest64, DEBUG_F64) : formatNonFinite(value);
}

/** A number as Rust's `{:.N}`: its exact binary value, rounded, ties to even. `decimals` from 1 to 50. */
export function formatFixed(value: number, decimals: number): string {
  if (!Number.isFinite(value)) return formatNonFinite(value);
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const size = Math.abs(value);
  // `toFixed` switches to exponents there; all such numbers are integers.
  if (size >= 1e21) return `${sign}${BigInt(size)}.${'0'.repeat(decimals)}`;
  const text = size.toFixed(decimals);
  // Half of the last place is (2n + 1) / (2 * 10^decimals), dyadic only as an odd multiple of 1 / 2^(decimals + 1).
  if ((size * 2 ** (decimals + 1)) % 2 === 1) {
    // `toFixed` rounded up: from an odd digit to the even one below there is no borrow.
    const last = text.charCodeAt(text.length - 1) - 48;
    if (last % 2 === 1) return `${sign}${text.slice(0, -1)}${last - 1}`;
  }
  return sign + text;
}
