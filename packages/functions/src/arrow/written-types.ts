/** How columns are written as Arrow arrays: the type of each meaning in the schema, and the buffers of its values. */
import type { Meaning } from '../columns/meaning.ts';
import type { Value, WrittenColumn } from '../columns/rows.ts';
import type { Node, Scalar } from './flat-writer.ts';

const byte = (value: number): Scalar => ({ bytes: 1, value });
const short = (value: number): Scalar => ({ bytes: 2, value });
const int = (value: number): Scalar => ({ bytes: 4, value });

/** Values of one size. */
interface Fixed {
  readonly bytes: number;
  readonly set: (view: DataView, at: number, value: Value) => void;
}

/** How a column is written. What has no meaning of its own is text. */
interface WrittenType {
  /** The number of the type in the schema. */
  readonly number: number;
  readonly type: Node;
  readonly extension?: string;
  /** undefined: they are texts, or bits. */
  readonly fixed: Fixed | undefined;
}

const UNITS = { 0: 0, 3: 1, 6: 2, 9: 3 } as const;

function setInteger(view: DataView, at: number, bytes: number, value: Value): void {
  // A number is written with its lowest bits, whatever its sign.
  if (bytes === 1) view.setInt8(at, Number(value));
  else if (bytes === 2) view.setInt16(at, Number(value), true);
  else if (bytes === 4) view.setInt32(at, Number(value), true);
  else {
    let rest = BigInt(value ?? 0);
    for (let word = 0; word < bytes; word += 8, rest >>= 64n)
      view.setBigInt64(at + word, BigInt.asIntN(64, rest), true);
  }
}

const integers = (bytes: number): Fixed => ({
  bytes,
  set: (view, at, value) => setInteger(view, at, bytes, value),
});

function setUuid(view: DataView, at: number, value: Value): void {
  const bytes = Buffer.from(String(value).replaceAll('-', ''), 'hex');
  for (const [i, one] of bytes.entries()) view.setUint8(at + i, one);
}

const float = (precision: number, fixed: Fixed): WrittenType => ({
  number: 3,
  type: { table: [short(precision)] },
  fixed,
});

/** The type that values of the meaning have in the schema. */
function writtenType(meaning: Meaning): WrittenType {
  switch (meaning.kind) {
    case 'boolean':
      return { number: 6, type: { table: [] }, fixed: undefined };
    case 'integer': {
      const { bits, signed } = meaning;
      return { number: 2, type: { table: [int(bits), byte(signed ? 1 : 0)] }, fixed: integers(bits / 8) };
    }
    case 'decimal': {
      const { precision, scale } = meaning;
      const bits = precision <= 38 ? 128 : 256;
      return {
        number: 7,
        type: { table: [int(precision), int(scale), int(bits)] },
        fixed: integers(bits / 8),
      };
    }
    case 'half':
      return float(0, { bytes: 2, set: (view, at, value) => view.setFloat16(at, Number(value), true) });
    case 'float':
      return float(1, { bytes: 4, set: (view, at, value) => view.setFloat32(at, Number(value), true) });
    case 'double':
      return float(2, { bytes: 8, set: (view, at, value) => view.setFloat64(at, Number(value), true) });
    case 'date':
      return { number: 8, type: { table: [short(0)] }, fixed: integers(4) };
    case 'time': {
      const bits = meaning.digits <= 3 ? 32 : 64;
      return {
        number: 9,
        type: { table: [short(UNITS[meaning.digits]), int(bits)] },
        fixed: integers(bits / 8),
      };
    }
    case 'timestamp':
    case 'int96': {
      const [digits, utc] =
        meaning.kind === 'timestamp' ? [meaning.digits, meaning.utc] : [9 as const, false];
      const type = { table: [short(UNITS[digits]), utc ? { text: 'UTC' } : undefined] };
      return { number: 10, type, fixed: integers(8) };
    }
    case 'uuid':
      return {
        number: 15,
        type: { table: [int(16)] },
        extension: 'arrow.uuid',
        fixed: { bytes: 16, set: setUuid },
      };
    default:
      return { number: 5, type: { table: [] }, fixed: undefined };
  }
}

const pair = (key: string, value: string): Node => ({ table: [{ text: key }, { text: value }] });

/** The field of a column in the schema. */
export function fieldOf({ name, meaning }: WrittenColumn): Node {
  const { number, type, extension } = writtenType(meaning);
  const extra: Node | undefined =
    extension === undefined
      ? undefined
      : { list: [pair('ARROW:extension:name', extension), pair('ARROW:extension:metadata', '')] };
  return { table: [{ text: name }, byte(1), byte(number), type, undefined, { list: [] }, extra] };
}

/** An array of a batch: its buffers, that of the validity first. */
export interface WrittenArray {
  readonly missing: number;
  readonly buffers: readonly Uint8Array[];
}

function setBits(values: readonly Value[], isSet: (value: Value) => boolean): Uint8Array {
  const bits = new Uint8Array(Math.ceil(values.length / 8));
  for (const [row, value] of values.entries())
    if (isSet(value)) bits[row >> 3] = (bits[row >> 3] ?? 0) | (1 << (row & 7));
  return bits;
}

/** The texts one after the other, and where each ends. They have less than 2^31 bytes: a batch has some millions of characters. */
function textBuffers(values: readonly Value[]): readonly Uint8Array[] {
  const texts = values.map((value) => Buffer.from(String(value ?? '')));
  const offsets = new DataView(new ArrayBuffer(4 * (values.length + 1)));
  let end = 0;
  for (const [row, { length }] of texts.entries()) {
    end += length;
    offsets.setInt32(4 * (row + 1), end, true);
  }
  return [new Uint8Array(offsets.buffer), Buffer.concat(texts)];
}

function fixedBuffer(values: readonly Value[], { bytes, set }: Fixed): Uint8Array {
  const view = new DataView(new ArrayBuffer(bytes * values.length));
  for (const [row, value] of values.entries()) if (value !== null) set(view, bytes * row, value);
  return new Uint8Array(view.buffer);
}

export function writtenArray(meaning: Meaning, values: readonly Value[]): WrittenArray {
  const missing = values.filter((value) => value === null).length;
  const validity = missing === 0 ? new Uint8Array(0) : setBits(values, (value) => value !== null);
  if (meaning.kind === 'boolean')
    return { missing, buffers: [validity, setBits(values, (value) => value === true)] };
  const { fixed } = writtenType(meaning);
  return { missing, buffers: [validity, ...(fixed ? [fixedBuffer(values, fixed)] : textBuffers(values))] };
}
