/** Values as a file has them, out of the texts that `cells.ts` makes: for what is written on in the type that it was read in. */
import type { Meaning } from './meaning.ts';
import { broken } from './place.ts';

/** The value of a text that is not empty. @throws FunctionError without the place, for what is none of the type */
export type Parse = (text: string) => boolean | number | bigint | string;

const DAY_MS = 86_400_000;

const refuse = (): never => broken('it has a text that is no value of its type');

function parseNumber(text: string): number {
  const value = Number(text);
  return Number.isFinite(value) ? value : refuse();
}

function parseWhole(text: string): bigint {
  return /^-?\d+$/.test(text) ? BigInt(text) : refuse();
}

/** What is beyond the type would be another number in the file. */
function parseInteger({ bits, signed }: Extract<Meaning, { kind: 'integer' }>): Parse {
  const beyond = (number: bigint): boolean =>
    (signed ? BigInt.asIntN(bits, number) : BigInt.asUintN(bits, number)) !== number;
  return (text) => {
    const number = parseWhole(text);
    if (beyond(number)) refuse();
    return bits === 64 ? number : Number(number);
  };
}

/** In units of 10 to the power of -`scale`. */
const parseDecimal =
  (scale: number, precision: number) =>
  (text: string): bigint => {
    const [, sign = '', whole = '', rest = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? refuse();
    if (rest.length > scale) refuse();
    const digits = (whole + rest.padEnd(scale, '0')).replace(/^0+(?=\d)/, '');
    return digits.length > precision ? refuse() : BigInt(sign + digits);
  };

function parseDay(text: string): number {
  const time = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return Number.isNaN(time) ? refuse() : time / DAY_MS;
}

/** Units of the day. */
function parseClock(text: string, digits: number): bigint {
  const [, hours = '', minutes = '', seconds = '', fraction = ''] =
    /^(\d\d):(\d\d):(\d\d)(?:\.(\d+))?$/.exec(text) ?? refuse();
  if (fraction.length > digits) refuse();
  const whole = 3600 * Number(hours) + 60 * Number(minutes) + Number(seconds);
  return BigInt(whole) * 10n ** BigInt(digits) + BigInt(fraction.padEnd(digits, '0'));
}

function parseTimestamp(text: string, digits: number): bigint {
  const [, day = '', clock = ''] = /^(.{10})T(.*?)Z?$/.exec(text) ?? refuse();
  return BigInt(parseDay(day)) * 86_400n * 10n ** BigInt(digits) + parseClock(clock, digits);
}

function parseBoolean(text: string): boolean {
  return text === 'true' ? true : text === 'false' ? false : refuse();
}

const parseUuid = (text: string): string =>
  /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/.test(text) ? text : refuse();

/** Integers of 64 bits, decimals and timestamps become `bigint`, times of the day in nanoseconds and microseconds too; what has no meaning of its own stays text. */
export function parserOf(meaning: Meaning): Parse {
  switch (meaning.kind) {
    case 'boolean':
      return parseBoolean;
    case 'integer':
      return parseInteger(meaning);
    case 'decimal':
      return parseDecimal(meaning.scale, meaning.precision);
    case 'float':
    case 'double':
    case 'half':
      return parseNumber;
    case 'date':
      return parseDay;
    case 'time': {
      const { digits } = meaning;
      return digits <= 3 ? (text) => Number(parseClock(text, digits)) : (text) => parseClock(text, digits);
    }
    case 'timestamp':
      return (text) => parseTimestamp(text, meaning.digits);
    case 'int96':
      return (text) => parseTimestamp(text, 9);
    case 'uuid':
      return parseUuid;
    default:
      return (text) => text;
  }
}
