/**
 * Writing small ONNX models: protobuf (wire format of protobuf.dev) of the messages in onnx.proto that a chain of nodes
 * needs. The face detector's network is put together with it, and the tests' models.
 */
import { BOOL, DOUBLE, FLOAT, FLOAT16, INT32, INT64, STRING } from './element.ts';

export type Field = readonly [number: number, value: number | string | Uint8Array];

function varint(value: number): number[] {
  const bytes: number[] = [];
  let left = BigInt.asUintN(64, BigInt(value));
  for (; left > 127n; left >>= 7n) bytes.push(Number(left & 127n) | 128);
  bytes.push(Number(left));
  return bytes;
}

/** A message of varint and length-delimited fields. */
export function message(fields: readonly Field[]): Uint8Array {
  const parts = fields.map(([number, value]) => {
    if (typeof value === 'number') return Uint8Array.from([...varint(number << 3), ...varint(value)]);
    const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
    return Buffer.concat([Uint8Array.from([...varint((number << 3) | 2), ...varint(bytes.length)]), bytes]);
  });
  return Buffer.concat(parts);
}

export type Attribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly strings: readonly string[] };

const bytesOf = (floats: readonly number[]): Uint8Array => new Uint8Array(Float32Array.from(floats).buffer);

function attribute(name: string, value: Attribute): Uint8Array {
  if (typeof value === 'number')
    return message([
      [1, name],
      [3, value],
      [20, 2],
    ]);
  if (typeof value === 'string')
    return message([
      [1, name],
      [4, value],
      [20, 3],
    ]);
  if ('float' in value) {
    // Field 2, wire type 5: four bytes.
    const tag = Uint8Array.of((2 << 3) | 5);
    return Buffer.concat([message([[1, name]]), tag, bytesOf([value.float]), message([[20, 1]])]);
  }
  if ('floats' in value)
    return message([
      [1, name],
      [7, bytesOf(value.floats)],
      [20, 6],
    ]);
  if ('strings' in value)
    return message([[1, name], ...value.strings.map((one): Field => [9, one]), [20, 8]]);
  return message([[1, name], ...value.map((one): Field => [8, one]), [20, 7]]);
}

export interface Node {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string | readonly string[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** Of the operator; the standard one where not given. */
  readonly domain?: string;
}

export interface Value {
  readonly name: string;
  /** A string leaves the size open. `inferred`: neither shape nor type is said. */
  readonly dims: readonly (number | string)[] | 'inferred';
  /** Default: float. */
  readonly type?: number;
  /** Of ZipMap's output, a sequence of maps to floats: the element type of the keys. */
  readonly mapFrom?: number;
}

export interface Initializer {
  readonly name: string;
  readonly dims: readonly number[];
  readonly data:
    | Float16Array
    | Float32Array
    | Float64Array
    | Int32Array
    | BigInt64Array
    | readonly string[]
    | readonly boolean[];
}

export interface Graph {
  readonly nodes: readonly Node[];
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly initializers?: readonly Initializer[];
  /** Versions of operator sets by domain; the standard one is ''. */
  readonly domains?: Readonly<Record<string, number>>;
  readonly irVersion?: number;
}

const OPSET = 13;
const IR_VERSION = 8;

function node({ op, inputs, output, attributes = {}, domain }: Node): Uint8Array {
  return message([
    ...inputs.map((input): Field => [1, input]),
    ...[output].flat().map((name): Field => [2, name]),
    [4, op],
    ...Object.entries(attributes).map(([name, value]): Field => [5, attribute(name, value)]),
    ...(domain === undefined ? [] : ([[7, domain]] satisfies Field[])),
  ]);
}

const tensorType = (type: number, shape?: Uint8Array): Uint8Array =>
  message([[1, message([[1, type], ...(shape ? ([[2, shape]] satisfies Field[]) : [])])]]);

function value({ name, dims, type = FLOAT, mapFrom }: Value): Uint8Array {
  if (dims === 'inferred') return message([[1, name]]);
  if (mapFrom !== undefined) {
    const map = message([
      [
        5,
        message([
          [1, mapFrom],
          [2, tensorType(FLOAT)],
        ]),
      ],
    ]);
    return message([
      [1, name],
      [2, message([[4, message([[1, map]])]])],
    ]);
  }
  const shape = message(
    dims.map((dim): Field => [1, message([typeof dim === 'number' ? [1, dim] : [2, dim]])]),
  );
  return message([
    [1, name],
    [2, tensorType(type, shape)],
  ]);
}

function typeOf(data: Initializer['data']): number {
  if (data instanceof Float16Array) return FLOAT16;
  if (data instanceof Float64Array) return DOUBLE;
  if (data instanceof Float32Array) return FLOAT;
  if (data instanceof Int32Array) return INT32;
  if (data instanceof BigInt64Array) return INT64;
  return typeof data[0] === 'boolean' ? BOOL : STRING;
}

function initializer({ name, dims, data }: Initializer): Uint8Array {
  const texts = Array.isArray(data) && typeof data[0] === 'string' ? data.map(String) : [];
  const raw = ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : Uint8Array.from(data, Number);
  return message([
    ...dims.map((dim): Field => [1, dim]),
    [2, typeOf(data)],
    ...texts.map((text): Field => [6, text]),
    [8, name],
    ...(texts.length > 0 ? [] : ([[9, raw]] satisfies Field[])),
  ]);
}

/** The bytes of a model file. */
export function writeModel({
  nodes,
  inputs,
  outputs,
  initializers = [],
  domains = {},
  irVersion = IR_VERSION,
}: Graph): Uint8Array {
  const graph = message([
    ...nodes.map((one): Field => [1, node(one)]),
    [2, 'graph'],
    ...initializers.map((one): Field => [5, initializer(one)]),
    ...inputs.map((one): Field => [11, value(one)]),
    ...outputs.map((one): Field => [12, value(one)]),
  ]);
  const opsets = Object.entries({ '': OPSET, ...domains });
  return message([
    [1, irVersion],
    [7, graph],
    ...opsets.map(
      ([domain, version]): Field => [
        8,
        message([...(domain ? ([[1, domain]] satisfies Field[]) : []), [2, version]]),
      ],
    ),
  ]);
}
