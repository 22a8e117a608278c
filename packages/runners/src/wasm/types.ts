/** Types as a module declares them. JavaScript's interface tells no signatures, and a host function must have the right one. */
import { type Cursor, malformed } from './cursor.ts';

/** Value types by their byte in the binary; references that carry a type of their own are all `REFERENCE`. */
export const I32 = 0x7f;
export const I64 = 0x7e;
export const F32 = 0x7d;
export const F64 = 0x7c;
const REFERENCE = 0x64;
const NULLABLE_REFERENCE = 0x63;

/** Value types by their byte. */
export interface FunctionType {
  readonly params: readonly number[];
  readonly results: readonly number[];
}

/** Of a memory, in pages, or of a table, in entries. */
export interface Limits {
  readonly minimum: number;
  readonly maximum: number | undefined;
  readonly shared: boolean;
  /** Addresses of 64 bits. */
  readonly wide: boolean;
}

/** One byte, or the type of a reference. */
export function readValueType(cursor: Cursor): number {
  const byte = cursor.byte();
  if (byte !== REFERENCE && byte !== NULLABLE_REFERENCE) return byte;
  cursor.skipLeb();
  return REFERENCE;
}

/** Of a memory or table. */
export function limits(cursor: Cursor): Limits {
  const flags = cursor.byte();
  if (flags > 7) throw malformed();
  const minimum = cursor.unsigned();
  const maximum = (flags & 1) === 1 ? cursor.unsigned() : undefined;
  return { minimum, maximum, shared: (flags & 2) !== 0, wide: (flags & 4) !== 0 };
}

/** The type section: undefined stands for types that are no functions. */
export function readTypes(cursor: Cursor): (FunctionType | undefined)[] {
  const types: (FunctionType | undefined)[] = [];
  for (let groups = cursor.count(); groups > 0; groups--) {
    if (cursor.bytes[cursor.at] !== 0x4e) {
      types.push(subType(cursor));
      continue;
    }
    cursor.byte();
    for (let members = cursor.count(); members > 0; members--) types.push(subType(cursor));
  }
  return types;
}

function subType(cursor: Cursor): FunctionType | undefined {
  let form = cursor.byte();
  if (form === 0x50 || form === 0x4f) {
    for (let supertypes = cursor.count(); supertypes > 0; supertypes--) cursor.unsigned();
    form = cursor.byte();
  }
  switch (form) {
    case 0x60:
      return { params: list(cursor), results: list(cursor) };
    case 0x5f:
      for (let fields = cursor.count(); fields > 0; fields--) field(cursor);
      return undefined;
    case 0x5e:
      field(cursor);
      return undefined;
    default:
      throw malformed();
  }
}

function field(cursor: Cursor): void {
  readValueType(cursor);
  cursor.byte();
}

function list(cursor: Cursor): number[] {
  const values: number[] = [];
  for (let count = cursor.count(); count > 0; count--) values.push(readValueType(cursor));
  return values;
}
