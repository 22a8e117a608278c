/** Schema elements of the columns that are written. */
import type { SchemaElement } from 'hyparquet';
import type { Meaning } from '../columns/meaning.ts';

const UNITS = { 3: 'MILLIS', 6: 'MICROS', 9: 'NANOS' } as const;

/** By bits. The logical type says the same, and the library writes one that others cannot read. */
const CONVERTED = {
  signed: { 8: 'INT_8', 16: 'INT_16', 32: 'INT_32', 64: 'INT_64' },
  unsigned: { 8: 'UINT_8', 16: 'UINT_16', 32: 'UINT_32', 64: 'UINT_64' },
} as const;

function integerElement(
  name: string,
  { bits, signed }: Extract<Meaning, { kind: 'integer' }>,
): SchemaElement {
  return {
    name,
    type: bits === 64 ? 'INT64' : 'INT32',
    converted_type: CONVERTED[signed ? 'signed' : 'unsigned'][bits],
  };
}

function decimalElement(
  name: string,
  { precision, scale }: { readonly precision: number; readonly scale: number },
): SchemaElement {
  const type = precision <= 9 ? 'INT32' : precision <= 18 ? 'INT64' : 'FIXED_LEN_BYTE_ARRAY';
  return {
    name,
    type,
    ...(type === 'FIXED_LEN_BYTE_ARRAY' && { type_length: precision <= 38 ? 16 : 32 }),
    converted_type: 'DECIMAL',
    precision,
    scale,
    logical_type: { type: 'DECIMAL', precision, scale },
  };
}

/** Parquet has no unit of a second. */
const finer = (digits: 0 | 3 | 6 | 9): 3 | 6 | 9 => (digits === 0 ? 3 : digits);

/** What is written of a meaning: the same, in a unit that Parquet has. */
export const writtenMeaning = (meaning: Meaning): Meaning =>
  meaning.kind === 'time' || meaning.kind === 'timestamp'
    ? { ...meaning, digits: finer(meaning.digits) }
    : meaning;

/** How a column of that meaning is written. What has no meaning of its own is text. */
export function elementOf(name: string, meaning: Meaning): SchemaElement {
  switch (meaning.kind) {
    case 'boolean':
      return { name, type: 'BOOLEAN' };
    case 'integer':
      return integerElement(name, meaning);
    case 'decimal':
      return decimalElement(name, meaning);
    case 'float':
      return { name, type: 'FLOAT' };
    case 'double':
      return { name, type: 'DOUBLE' };
    case 'half':
      return { name, type: 'FIXED_LEN_BYTE_ARRAY', type_length: 2, logical_type: { type: 'FLOAT16' } };
    case 'date':
      return { name, type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } };
    case 'time': {
      const digits = finer(meaning.digits);
      const type = digits === 3 ? 'INT32' : 'INT64';
      return {
        name,
        type,
        logical_type: { type: 'TIME', isAdjustedToUTC: meaning.utc, unit: UNITS[digits] },
      };
    }
    case 'timestamp':
    case 'int96': {
      const [digits, utc] =
        meaning.kind === 'timestamp' ? [finer(meaning.digits), meaning.utc] : [9 as const, false];
      const logical_type = { type: 'TIMESTAMP', isAdjustedToUTC: utc, unit: UNITS[digits] } as const;
      return { name, type: 'INT64', logical_type };
    }
    case 'uuid':
      return { name, type: 'FIXED_LEN_BYTE_ARRAY', type_length: 16, logical_type: { type: 'UUID' } };
    default:
      return { name, type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } };
  }
}
