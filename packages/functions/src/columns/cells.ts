/** The text of a value, as CSV tables have it: exact, and the same for whoever reads it. */
import { isUtf8 } from 'node:buffer';
import { quote } from '../text/quote.ts';
import { shortest32 } from '../text/shortest32.ts';
import { type Meaning, MOST_DECIMAL_BYTES } from './meaning.ts';
import { broken } from './place.ts';

/** A value as a file has it, before its column says what it means. */
export type Physical = boolean | number | bigint | Uint8Array;

/** The text of a value; undefined: it is missing. @throws FunctionError without the place, for what has no text */
export type CellText = (value: Physical) => string | undefined;

/** Each whole number below it is a float of 32 bits. */
const WHOLE = 2 ** 24;
const DAY_SECONDS = 86_400;
/** Of the Julian calendar, at the beginning of 1970. */
const EPOCH_DAY = 2_440_588n;
/** Beyond them databases keep infinities, and no year has four digits. */
const FIRST_DAY = -719_162;
const LAST_DAY = 2_932_896;

const asNumber = (value: Physical): number =>
  typeof value === 'number' ? value : broken('a value has another type than its column');
const asBytes = (value: Physical): Uint8Array =>
  value instanceof Uint8Array ? value : broken('a value has another type than its column');
const asBigint = (value: Physical): bigint =>
  typeof value === 'bigint'
    ? value
    : typeof value === 'number'
      ? BigInt(value)
      : broken('a value has another type than its column');

/** `digits[0].digits[1..] * 10^exponent` without an exponent. */
function plainDigits(digits: string, exponent: number): string {
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  const rest = digits.slice(exponent + 1);
  return rest === '' ? whole : `${whole}.${rest}`;
}

function doubleText(value: number): string | undefined {
  if (Number.isNaN(value)) return undefined;
  if (!Number.isFinite(value)) broken('it has an infinity, where a finite number is wanted');
  if (Object.is(value, -0)) return '-0';
  const text = String(value);
  const e = text.indexOf('e');
  if (e < 0) return text;
  const sign = value < 0 ? '-' : '';
  return sign + plainDigits(text.slice(sign.length, e).replace('.', ''), Number(text.slice(e + 1)));
}

function singleText(value: number): string | undefined {
  // Small whole numbers have the same digits in both widths.
  if (!Number.isFinite(value) || (Number.isInteger(value) && Math.abs(value) < WHOLE))
    return doubleText(value);
  const { digits, exponent } = shortest32(Math.abs(value));
  return (value < 0 ? '-' : '') + plainDigits(digits, exponent);
}

function halfText(bytes: Uint8Array): string | undefined {
  const word = (bytes[0] ?? 0) | ((bytes[1] ?? 0) << 8);
  const exponent = (word >> 10) & 31;
  const fraction = word & 1023;
  const sign = word >> 15 === 1 ? -1 : 1;
  if (exponent === 31) return doubleText(fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN);
  const value = exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25);
  return doubleText(sign * value);
}

function bigEndian(bytes: Uint8Array): bigint {
  if (bytes.length > MOST_DECIMAL_BYTES) broken('it has a decimal that is too long');
  if (bytes.length === 0) return 0n;
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
  return BigInt.asIntN(8 * bytes.length, BigInt(`0x${hex}`));
}

/** Places the point. */
function withPoint(whole: string, scale: number): string {
  if (scale === 0) return whole;
  const sign = whole.startsWith('-') ? '-' : '';
  const digits = whole.slice(sign.length).padStart(scale + 1, '0');
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function decimalText({ precision, scale }: { readonly precision: number; readonly scale: number }): CellText {
  const most = precision + 1;
  return (value) => {
    const whole = String(value instanceof Uint8Array ? bigEndian(value) : value);
    if (whole.length >= most && whole.replace('-', '').length > precision)
      broken('it has a decimal with more digits than its type');
    return withPoint(whole, scale);
  };
}

function integerText({ bits, signed }: { readonly bits: number; readonly signed: boolean }): CellText {
  if (bits === 64) return signed ? String : (value) => String(BigInt.asUintN(64, asBigint(value)));
  if (bits === 32) return signed ? String : (value) => String(asNumber(value) >>> 0);
  const least = signed ? -(2 ** (bits - 1)) : 0;
  const most = least + 2 ** bits - 1;
  return (value) => {
    const number = asNumber(value);
    return number >= least && number <= most ? String(number) : broken('it has a number beyond its type');
  };
}

const two = (number: number): string => String(number).padStart(2, '0');

/** The date of a day since the beginning of 1970. */
function dateText(day: number): string {
  if (day < FIRST_DAY || day > LAST_DAY) broken('it has a date outside of the years 1 to 9999');
  return new Date(day * DAY_SECONDS * 1000).toISOString().slice(0, 10);
}

/** `HH:MM:SS`, with as many digits of `fraction` (of `digits` digits) as are no zeros at the end. */
function clockText(seconds: number, fraction: number, digits: number): string {
  const text = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return fraction === 0 ? text : `${text}.${String(fraction).padStart(digits, '0').replace(/0+$/, '')}`;
}

function timestampText(units: bigint, digits: number, zone: string): string {
  const perSecond = 10n ** BigInt(digits);
  const perDay = BigInt(DAY_SECONDS) * perSecond;
  const inDay = ((units % perDay) + perDay) % perDay;
  const day = dateText(Number((units - inDay) / perDay));
  return `${day}T${clockText(Number(inDay / perSecond), Number(inDay % perSecond), digits)}${zone}`;
}

/** Of 96 bits: nanoseconds of the day, and the day of the Julian calendar. */
function int96Text(value: bigint): string {
  const nanos = BigInt.asUintN(64, value);
  const day = (value >> 64n) - EPOCH_DAY;
  return timestampText(day * BigInt(DAY_SECONDS) * 1_000_000_000n + nanos, 9, '');
}

function timeText(units: bigint, digits: number): string {
  const perSecond = 10n ** BigInt(digits);
  if (units < 0n || units >= BigInt(DAY_SECONDS) * perSecond) broken('it has a time outside of a day');
  return clockText(Number(units / perSecond), Number(units % perSecond), digits);
}

function uuidText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
  return [0, 8, 12, 16, 20].map((from, i, all) => hex.slice(from, all[i + 1])).join('-');
}

function textOf(bytes: Uint8Array): string {
  if (!isUtf8(bytes))
    broken('it has bytes that are no text in UTF-8. Leave it out of the file, or write it as text');
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  return text.includes('\0') ? broken('it has a NUL character, as bytes that are no text have') : text;
}

function textOfMeaning(meaning: Meaning): CellText {
  switch (meaning.kind) {
    case 'boolean':
      return String;
    case 'integer':
      return integerText(meaning);
    case 'decimal':
      return decimalText(meaning);
    case 'float':
      return (value) => singleText(asNumber(value));
    case 'double':
      return (value) => doubleText(asNumber(value));
    case 'half':
      return (value) => halfText(asBytes(value));
    case 'date':
      return (value) => dateText(asNumber(value));
    case 'time':
      return (value) => timeText(asBigint(value), meaning.digits);
    case 'timestamp':
      return (value) => timestampText(asBigint(value), meaning.digits, meaning.utc ? 'Z' : '');
    case 'int96':
      return (value) => int96Text(asBigint(value));
    case 'uuid':
      return (value) => uuidText(asBytes(value));
    case 'text':
    case 'bytes':
      return (value) => textOf(asBytes(value));
    case 'nothing':
      return () => broken('it has a value where its type has none');
  }
}

/** How the values of a column are written. */
export const cellText = ({ meaning }: { readonly meaning: Meaning }): CellText => textOfMeaning(meaning);

/** The name of a column for a refusal. */
export const columnPlace = ({ name }: { readonly name: string }): string => `column ${quote(name)}`;
