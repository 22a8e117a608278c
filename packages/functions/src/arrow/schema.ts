/** The columns of a schema: what their values are, and in which buffers. */
import { requireColumns } from '../columns/csv.ts';
import { type Bits, decimalMeaning, type Meaning, refuseColumn } from '../columns/meaning.ts';
import { broken } from '../columns/place.ts';
import { limits } from '../limits.ts';
import { FunctionError } from '../refusal.ts';
import { quote } from '../text/quote.ts';
import type { FlatTable } from './flatbuffer.ts';

/** How a value of a fixed size is read. `day`: milliseconds, of whole days. */
export type Reading = 'signed' | 'unsigned' | 'single' | 'double' | 'day' | 'bytes';

/** The buffers of an array after that of its validity. */
export type Layout =
  /** Nothing: each value is missing, and no validity says so. */
  | { readonly kind: 'none' }
  | { readonly kind: 'bits' }
  | { readonly kind: 'fixed'; readonly bytes: number; readonly reading: Reading }
  /** `bytes`: of an offset. */
  | { readonly kind: 'variable'; readonly bytes: 4 | 8 }
  | { readonly kind: 'views' };

/** Values whose numbers are in the column; they come in batches of their own. */
export interface DictionaryUse {
  readonly id: bigint;
  /** Of the numbers. */
  readonly index: Layout;
}

export interface ArrowColumn {
  readonly name: string;
  readonly meaning: Meaning;
  /** Of the values; with a dictionary, of the values in it. */
  readonly layout: Layout;
  readonly dictionary: DictionaryUse | undefined;
}

type Typed = Pick<ArrowColumn, 'meaning' | 'layout'>;

/** Types of the schema that are not read, by their numbers. */
const REFUSED: Readonly<Record<number, string>> = {
  11: 'an interval',
  12: 'a list',
  13: 'a struct',
  14: 'a union',
  16: 'a list',
  17: 'a map',
  18: 'a duration',
  21: 'a list',
  22: 'run-end encoded',
  25: 'a list',
  26: 'a list',
};

const DIGITS = [0, 3, 6, 9] as const;

const fixed = (bytes: number, reading: Reading): Layout => ({ kind: 'fixed', bytes, reading });

function integerOf(type: FlatTable): { readonly bits: Bits; readonly signed: boolean } {
  const bits = type.integer(0, 32);
  if (bits !== 8 && bits !== 16 && bits !== 32 && bits !== 64)
    return broken(`its metadata have a number of ${bits} bits`);
  return { bits, signed: type.flag(1) };
}

const integerLayout = ({ bits, signed }: ReturnType<typeof integerOf>): Layout =>
  fixed(bits / 8, signed ? 'signed' : 'unsigned');

function floatType(precision: number): Typed {
  if (precision === 0) return { meaning: { kind: 'half' }, layout: fixed(2, 'bytes') };
  if (precision === 1) return { meaning: { kind: 'float' }, layout: fixed(4, 'single') };
  if (precision === 2) return { meaning: { kind: 'double' }, layout: fixed(8, 'double') };
  return broken('its metadata have a float of a precision that does not exist');
}

function decimalType(type: FlatTable): Typed {
  const bits = type.integer(2, 32, 128);
  if (![32, 64, 128, 256].includes(bits)) broken(`its metadata have a decimal of ${bits} bits`);
  return {
    meaning: decimalMeaning(type.integer(1, 32), type.integer(0, 32)),
    layout: fixed(bits / 8, 'signed'),
  };
}

function dateType(unit: number): Typed {
  if (unit !== 0 && unit !== 1) broken('its metadata have a date of a unit that does not exist');
  return { meaning: { kind: 'date' }, layout: unit === 0 ? fixed(4, 'signed') : fixed(8, 'day') };
}

const digitsOf = (unit: number): (typeof DIGITS)[number] =>
  DIGITS[unit] ?? broken('its metadata have a time of a unit that does not exist');

function timeType(type: FlatTable): Typed {
  const digits = digitsOf(type.integer(0, 16, 1));
  const bits = type.integer(1, 32, 32);
  if (bits !== (digits <= 3 ? 32 : 64))
    broken(`its metadata have a time of ${bits} bits in another unit than it has`);
  return { meaning: { kind: 'time', digits, utc: false }, layout: fixed(bits / 8, 'signed') };
}

/** With a zone the values are those of UTC, whichever zone it is. */
function timestampType(type: FlatTable): Typed {
  const utc = (type.text(1) ?? '') !== '';
  return {
    meaning: { kind: 'timestamp', digits: digitsOf(type.integer(0, 16)), utc },
    layout: fixed(8, 'signed'),
  };
}

function fixedBytesType(type: FlatTable): Typed {
  const bytes = type.integer(0, 32);
  if (bytes < 1) broken('its metadata have values of no bytes');
  return { meaning: { kind: 'bytes' }, layout: fixed(bytes, 'bytes') };
}

function typeOf(name: string, field: FlatTable): Typed {
  const number = field.integer(2, 8);
  const refused = REFUSED[number];
  if (refused !== undefined) refuseColumn(name, refused);
  const type = field.table(3) ?? broken(`its metadata lack the type of the column ${quote(name)}`);
  const text = (meaning: 'text' | 'bytes', layout: Layout): Typed => ({ meaning: { kind: meaning }, layout });
  switch (number) {
    case 1:
      return { meaning: { kind: 'nothing' }, layout: { kind: 'none' } };
    case 2: {
      const whole = integerOf(type);
      return { meaning: { kind: 'integer', ...whole }, layout: integerLayout(whole) };
    }
    case 3:
      return floatType(type.integer(0, 16));
    case 4:
      return text('bytes', { kind: 'variable', bytes: 4 });
    case 5:
      return text('text', { kind: 'variable', bytes: 4 });
    case 6:
      return { meaning: { kind: 'boolean' }, layout: { kind: 'bits' } };
    case 7:
      return decimalType(type);
    case 8:
      return dateType(type.integer(0, 16, 1));
    case 9:
      return timeType(type);
    case 10:
      return timestampType(type);
    case 15:
      return fixedBytesType(type);
    case 19:
      return text('bytes', { kind: 'variable', bytes: 8 });
    case 20:
      return text('text', { kind: 'variable', bytes: 8 });
    case 23:
      return text('bytes', { kind: 'views' });
    case 24:
      return text('text', { kind: 'views' });
    default:
      return refuseColumn(name, `of the type ${number}, which is not known here`);
  }
}

/** What the name of an extension type says of a column. A type whose values mean what is not known here is refused. */
function extended(name: string, extension: string, typed: Typed): Typed {
  const { layout } = typed;
  if (extension === 'arrow.json' && typed.meaning.kind === 'text') return typed;
  if (
    extension === 'arrow.uuid' &&
    layout.kind === 'fixed' &&
    layout.reading === 'bytes' &&
    layout.bytes === 16
  )
    return { meaning: { kind: 'uuid' }, layout };
  return refuseColumn(name, `of the extension type ${quote(extension)}`);
}

function extensionOf(field: FlatTable): string | undefined {
  for (const pair of field.tables(6)) if (pair.text(0) === 'ARROW:extension:name') return pair.text(1);
  return undefined;
}

function dictionaryOf(field: FlatTable): DictionaryUse | undefined {
  const encoding = field.table(4);
  if (!encoding) return undefined;
  if (encoding.integer(3, 16) !== 0) broken('its metadata have a dictionary of a kind that does not exist');
  const type = encoding.table(1);
  const index = type ? integerOf(type) : ({ bits: 32, signed: true } as const);
  return { id: encoding.long(0), index: integerLayout(index) };
}

function columnOf(field: FlatTable): ArrowColumn {
  const name = field.text(0) ?? '';
  if (name.includes('\0')) broken('the name of a column has a NUL character');
  const typed = typeOf(name, field);
  if (field.length(5) > 0) broken(`the column ${quote(name)} has columns of its own, which its type has not`);
  const extension = extensionOf(field);
  return {
    name,
    ...(extension === undefined ? typed : extended(name, extension, typed)),
    dictionary: dictionaryOf(field),
  };
}

/** The columns of a `Schema`. @throws FunctionError without the place, for what has no form in a table, and for what is no schema */
export function columnsOf(schema: FlatTable): readonly ArrowColumn[] {
  if (schema.integer(0, 16) !== 0)
    broken(
      'its numbers are big-endian. Write the file on a machine that is little-endian, or with its option for that',
    );
  // Before each of them is looked at.
  const most = limits.tableColumns.value;
  if (schema.length(1) > most) throw new FunctionError('too-large', `it has more than ${most} columns`);
  const columns = Array.from(schema.tables(1), columnOf);
  requireColumns(columns);
  return columns;
}
