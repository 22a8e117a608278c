/**
 * Reading protobuf (wire format of protobuf.dev) that a stranger sent: one message's fields after another, without copies.
 * What it costs is bounded: `FieldBudget` counts the fields of all messages of a file.
 */
import { limits } from '../limits.ts';
import { FunctionError } from '../refusal.ts';

export interface WireField {
  readonly number: number;
  /** Of a varint, as a signed number of 64 bits; beyond 2^53 the nearest one. 0 for other fields. */
  readonly value: number;
  /** Of a length-delimited field or one of fixed size; empty for a varint. A view. */
  readonly bytes: Uint8Array;
  /** The whole field with its tag. A view. */
  readonly raw: Uint8Array;
}

const VARINT = 0;
const FIXED64 = 1;
const DELIMITED = 2;
const FIXED32 = 5;
/** Of 64 bits. */
const LONGEST_VARINT = 10;
const NOTHING = new Uint8Array(0);

const malformed = (): FunctionError =>
  new FunctionError(
    'invalid-model',
    'The model cannot be loaded: it is no ONNX file, or part of it is lost.',
  );

/** How many fields of one file are looked at. */
export class FieldBudget {
  #left: number = limits.onnxFields.value;

  /** @throws FunctionError "too-large" */
  spend(): void {
    if (this.#left-- > 0) return;
    throw new FunctionError(
      'too-large',
      `The model has more than ${limits.onnxFields.value} operators, names, tensors and numbers of lists.`,
    );
  }
}

class Cursor {
  at = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.at >= this.#bytes.length;
  }

  /** As a signed number of 64 bits. */
  varint(): number {
    // Most are of one byte: tags, and lengths of names.
    const first = this.#bytes[this.at];
    if (first !== undefined && first < 128) {
      this.at++;
      return first;
    }
    let value = 0n;
    for (let i = 0; i < LONGEST_VARINT; i++) {
      const byte = this.#bytes[this.at++];
      if (byte === undefined) throw malformed();
      value |= BigInt(byte & 127) << BigInt(7 * i);
      if (byte < 128) return Number(BigInt.asIntN(64, value));
    }
    throw malformed();
  }

  take(length: number): Uint8Array {
    if (length < 0 || length > this.#bytes.length - this.at) throw malformed();
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }
}

/** The fields of one message. @throws FunctionError "invalid-model" for what is no message, "too-large" beyond the budget */
export function* fieldsOf(bytes: Uint8Array, budget: FieldBudget): Generator<WireField, void, void> {
  const cursor = new Cursor(bytes);
  while (!cursor.isAtEnd) {
    budget.spend();
    const start = cursor.at;
    const tag = cursor.varint();
    const number = Math.floor(tag / 8);
    if (number < 1) throw malformed();
    const [value, found] = readValue(cursor, tag % 8);
    yield { number, value, bytes: found, raw: bytes.subarray(start, cursor.at) };
  }
}

function readValue(cursor: Cursor, wire: number): [value: number, bytes: Uint8Array] {
  switch (wire) {
    case VARINT:
      return [cursor.varint(), NOTHING];
    case FIXED64:
      return [0, cursor.take(8)];
    case DELIMITED:
      return [0, cursor.take(cursor.varint())];
    case FIXED32:
      return [0, cursor.take(4)];
    default:
      throw malformed();
  }
}

/** A repeated number: one varint, or many that are packed into one field. */
export function* varintsOf({ value, bytes }: WireField, budget: FieldBudget): Generator<number, void, void> {
  if (bytes.length === 0) {
    budget.spend();
    yield value;
    return;
  }
  const cursor = new Cursor(bytes);
  while (!cursor.isAtEnd) {
    budget.spend();
    yield cursor.varint();
  }
}

export const textOf = ({ bytes }: WireField): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
