/** Values as a file has them, out of the texts that `cells.ts` makes: for what is written on in the type that it was read in. */
import type { SchemaElement } from 'hyparquet';
import { broken } from './place.ts';
import type { Meaning } from './schema.ts';

/** How a column is written. */
export interface WrittenColumn {
  readonly element: SchemaElement;
  /** The value of a text that is not empty. @throws FunctionError without the place, for what is none of the type */
  readonly parse: (text: string) => unknown;
}

const UNITS = { 3: 'MILLIS', 6: 'MICROS', 9: 'NANOS' } as const;
const DAY_MS = 86_400_000;

const refuse = (): never => broken('it has a text that is no value of its type');

function parseNumber(text: string): number {
  const value = Number(text);
  return Number.isFinite(value) ? value : refuse();
}

function parseWhole(text: string): bigint {
  return /^-?\d+$/.test(text) ? BigInt(text) : refuse();
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

/** By bits. The logical type says the same, and the library writes one that others cannot read. */
const CONVERTED = {
  signed: { 8: 'INT_8', 16: 'INT_16', 32: 'INT_32', 64: 'INT_64' },
  unsigned: { 8: 'UINT_8', 16: 'UINT_16', 32: 'UINT_32', 64: 'UINT_64' },
} as const;

function integerColumn(name: string, { bits, signed }: Extract<Meaning, { kind: 'integer' }>): WrittenColumn {
  const wide = bits === 64;
  return {
    element: {
      name,
      type: wide ? 'INT64' : 'INT32',
      converted_type: CONVERTED[signed ? 'signed' : 'unsigned'][bits],
    },
    parse: wide ? parseWhole : (text) => Number(parseWhole(text)),
  };
}

function decimalColumn(
  name: string,
  { precision, scale }: { readonly precision: number; readonly scale: number },
): WrittenColumn {
  const type = precision <= 9 ? 'INT32' : precision <= 18 ? 'INT64' : 'FIXED_LEN_BYTE_ARRAY';
  return {
    element: {
      name,
      type,
      ...(type === 'FIXED_LEN_BYTE_ARRAY' && { type_length: precision <= 38 ? 16 : 32 }),
      converted_type: 'DECIMAL',
      precision,
      scale,
      logical_type: { type: 'DECIMAL', precision, scale },
    },
    parse: parseDecimal(scale, precision),
  };
}

/** How a column of that meaning is written. What has no meaning of its own is text. */
export function writtenColumn(name: string, meaning: Meaning): WrittenColumn {
  switch (meaning.kind) {
    case 'boolean':
      return {
        element: { name, type: 'BOOLEAN' },
        parse: (text) => (text === 'true' ? true : text === 'false' ? false : refuse()),
      };
    case 'integer':
      return integerColumn(name, meaning);
    case 'decimal':
      return decimalColumn(name, meaning);
    case 'float':
      return { element: { name, type: 'FLOAT' }, parse: parseNumber };
    case 'double':
      return { element: { name, type: 'DOUBLE' }, parse: parseNumber };
    case 'half':
      return {
        element: { name, type: 'FIXED_LEN_BYTE_ARRAY', type_length: 2, logical_type: { type: 'FLOAT16' } },
        parse: parseNumber,
      };
    case 'date':
      return {
        element: { name, type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } },
        parse: parseDay,
      };
    case 'time': {
      const { digits, utc } = meaning;
      const narrow = digits === 3;
      return {
        element: {
          name,
          type: narrow ? 'INT32' : 'INT64',
          logical_type: { type: 'TIME', isAdjustedToUTC: utc, unit: UNITS[digits] },
        },
        parse: (text) => (narrow ? Number(parseClock(text, digits)) : parseClock(text, digits)),
      };
    }
    case 'timestamp':
    case 'int96': {
      const { digits, utc } = meaning.kind === 'timestamp' ? meaning : ({ digits: 9, utc: false } as const);
      return {
        element: {
          name,
          type: 'INT64',
          logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: utc, unit: UNITS[digits] },
        },
        parse: (text) => parseTimestamp(text, digits),
      };
    }
    case 'uuid':
      return {
        element: { name, type: 'FIXED_LEN_BYTE_ARRAY', type_length: 16, logical_type: { type: 'UUID' } },
        parse: (text) => (/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/.test(text) ? text : refuse()),
      };
    default:
      return {
        element: { name, type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
        parse: (text) => text,
      };
  }
}
