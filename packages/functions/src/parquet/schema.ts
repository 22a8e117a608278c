/** Columns of a file: what their values are. */

import {
  type Bits,
  decimalMeaning,
  type Meaning,
  MOST_DECIMAL_BYTES,
  refuseColumn,
} from '../columns/meaning.ts';
import { broken } from '../columns/place.ts';
import { quote } from '../text/quote.ts';
import type { Struct } from './thrift.ts';

/** Physical types, by their numbers. */
const TYPES = [
  'BOOLEAN',
  'INT32',
  'INT64',
  'INT96',
  'FLOAT',
  'DOUBLE',
  'BYTE_ARRAY',
  'FIXED_LEN_BYTE_ARRAY',
] as const;

export type PhysicalType = (typeof TYPES)[number];

export interface Column {
  readonly name: string;
  readonly type: PhysicalType;
  /** Bytes of a `FIXED_LEN_BYTE_ARRAY`. */
  readonly length: number;
  /** Whether values may be missing. */
  readonly optional: boolean;
  readonly meaning: Meaning;
}

/** Meanings that are not read, by the numbers of logical types. */
const REFUSED_LOGICAL: Readonly<Record<number, string>> = {
  2: 'a map',
  3: 'a list',
  13: 'BSON',
  16: 'a variant',
  17: 'a geometry',
  18: 'a geography',
};

const REFUSED_CONVERTED: Readonly<Record<number, string>> = {
  1: 'a map',
  2: 'a map',
  3: 'a list',
  20: 'BSON',
  21: 'an interval',
};

const integer = (bits: Bits, signed: boolean): Meaning => ({ kind: 'integer', bits, signed });

function bitsOf(bits: number): Bits {
  return bits === 8 || bits === 16 || bits === 32 || bits === 64
    ? bits
    : broken(`its metadata have a number of ${bits} bits`);
}

function timeMeaning(kind: 'time' | 'timestamp', struct: Struct): Meaning {
  const unit = struct.struct(2);
  const digits = unit?.has(1)
    ? 3
    : unit?.has(2)
      ? 6
      : unit?.has(3)
        ? 9
        : broken('its metadata lack the unit of a time');
  return { kind, digits, utc: struct.flag(1) ?? false };
}

function logicalMeaning(name: string, logical: Struct): Meaning {
  for (const [field, what] of Object.entries(REFUSED_LOGICAL))
    if (logical.has(Number(field))) refuseColumn(name, what);
  for (const text of [1, 4, 12]) if (logical.has(text)) return { kind: 'text' };
  const decimal = logical.struct(5);
  if (decimal) return decimalMeaning(decimal.integer(1) ?? 0, decimal.count(2));
  if (logical.has(6)) return { kind: 'date' };
  const time = logical.struct(7);
  if (time) return timeMeaning('time', time);
  const timestamp = logical.struct(8);
  if (timestamp) return timeMeaning('timestamp', timestamp);
  const whole = logical.struct(10);
  if (whole) return integer(bitsOf(whole.count(1)), whole.flag(2) ?? true);
  if (logical.has(11)) return { kind: 'nothing' };
  if (logical.has(14)) return { kind: 'uuid' };
  if (logical.has(15)) return { kind: 'half' };
  return refuseColumn(name, 'of a logical type that is not known here');
}

function convertedMeaning(name: string, converted: number, element: Struct): Meaning {
  const refused = REFUSED_CONVERTED[converted];
  if (refused !== undefined) refuseColumn(name, refused);
  if (converted === 0 || converted === 4 || converted === 19) return { kind: 'text' };
  if (converted === 5) return decimalMeaning(element.integer(7) ?? 0, element.count(8));
  if (converted === 6) return { kind: 'date' };
  if (converted === 7 || converted === 8) return { kind: 'time', digits: converted === 7 ? 3 : 6, utc: true };
  if (converted === 9 || converted === 10)
    return { kind: 'timestamp', digits: converted === 9 ? 3 : 6, utc: true };
  if (converted >= 11 && converted <= 18) {
    return integer(bitsOf(8 << ((converted - 11) % 4)), converted >= 15);
  }
  return refuseColumn(name, 'of a converted type that is not known here');
}

const PLAIN: Readonly<Record<PhysicalType, Meaning>> = {
  BOOLEAN: { kind: 'boolean' },
  INT32: integer(32, true),
  INT64: integer(64, true),
  INT96: { kind: 'int96' },
  FLOAT: { kind: 'float' },
  DOUBLE: { kind: 'double' },
  BYTE_ARRAY: { kind: 'bytes' },
  FIXED_LEN_BYTE_ARRAY: { kind: 'bytes' },
};

/** Whether values of the physical type can have the meaning. */
function fits(type: PhysicalType, length: number, meaning: Meaning): boolean {
  switch (meaning.kind) {
    case 'decimal':
      return (
        ['INT32', 'INT64', 'BYTE_ARRAY'].includes(type) ||
        (type === 'FIXED_LEN_BYTE_ARRAY' && length <= MOST_DECIMAL_BYTES)
      );
    case 'integer':
      return type === (meaning.bits === 64 ? 'INT64' : 'INT32');
    case 'date':
      return type === 'INT32';
    case 'time':
      return type === (meaning.digits === 3 ? 'INT32' : 'INT64');
    case 'timestamp':
      return type === 'INT64';
    case 'text':
      return type === 'BYTE_ARRAY' || type === 'FIXED_LEN_BYTE_ARRAY';
    case 'uuid':
      return type === 'FIXED_LEN_BYTE_ARRAY' && length === 16;
    case 'half':
      return type === 'FIXED_LEN_BYTE_ARRAY' && length === 2;
    default:
      return true;
  }
}

function meaningOf(name: string, type: PhysicalType, element: Struct): Meaning {
  const logical = element.struct(10);
  if (logical) return logicalMeaning(name, logical);
  const converted = element.integer(6);
  return converted === undefined ? PLAIN[type] : convertedMeaning(name, converted, element);
}

/** A column out of its schema element. @throws FunctionError without the place, for what has no form in a table, and for what is no column */
export function columnOf(element: Struct): Column {
  const name = element.text(4);
  if (name.includes('\0')) broken('the name of a column has a NUL character');
  if ((element.integer(5) ?? 0) > 0 || !element.has(1)) {
    const converted = element.integer(6);
    const what = REFUSED_CONVERTED[converted ?? -1];
    refuseColumn(name, what ?? 'nested (a list, a map or a struct)');
  }
  const repetition = element.integer(3) ?? 0;
  if (repetition === 2) refuseColumn(name, 'repeated (a list)');
  const type = TYPES[element.count(1)] ?? broken('its metadata have a type that does not exist');
  const length = type === 'FIXED_LEN_BYTE_ARRAY' ? element.count(2) : 0;
  if (type === 'FIXED_LEN_BYTE_ARRAY' && length === 0)
    broken(`the values of the column ${quote(name)} have no bytes`);
  const meaning = meaningOf(name, type, element);
  if (!fits(type, length, meaning))
    broken(`the values of the column ${quote(name)} cannot be what its metadata say`);
  return { name, type, length, optional: repetition === 1, meaning };
}
