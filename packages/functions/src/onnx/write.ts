/**
 * Writing small ONNX models: protobuf (wire format of protobuf.dev) of the messages in onnx.proto that a chain of nodes
 * needs. The face detector's network is put together with it, and the tests' models.
 */
import { FLOAT, INT64 } from './element.ts';

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

export type Attribute = number | string | { readonly float: number } | readonly number[];

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
    const bits = new Uint8Array(Float32Array.of(value.float).buffer);
    // Field 2, wire type 5: four bytes.
    return Buffer.concat([message([[1, name]]), Uint8Array.of((2 << 3) | 5, ...bits), message([[20, 1]])]);
  }
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
  /** A string leaves the size open. */
  readonly dims: readonly (number | string)[];
  /** Default: float. */
  readonly type?: number;
}

export interface Initializer {
  readonly name: string;
  readonly dims: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

export interface Graph {
  readonly nodes: readonly Node[];
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly initializers?: readonly Initializer[];
  /** Versions of operator sets by domain, beside the standard one. */
  readonly domains?: Readonly<Record<string, number>>;
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

function value({ name, dims, type = FLOAT }: Value): Uint8Array {
  const shape = message(
    dims.map((dim): Field => [1, message([typeof dim === 'number' ? [1, dim] : [2, dim]])]),
  );
  return message([
    [1, name],
    [
      2,
      message([
        [
          1,
          message([
            [1, type],
            [2, shape],
          ]),
        ],
      ]),
    ],
  ]);
}

function initializer({ name, dims, data }: Initializer): Uint8Array {
  const type = data instanceof Float32Array ? FLOAT : INT64;
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return message([...dims.map((dim): Field => [1, dim]), [2, type], [8, name], [9, raw]]);
}

/** The bytes of a model file. */
export function writeModel({ nodes, inputs, outputs, initializers = [], domains = {} }: Graph): Uint8Array {
  const graph = message([
    ...nodes.map((one): Field => [1, node(one)]),
    [2, 'graph'],
    ...initializers.map((one): Field => [5, initializer(one)]),
    ...inputs.map((one): Field => [11, value(one)]),
    ...outputs.map((one): Field => [12, value(one)]),
  ]);
  const opsets = Object.entries({ '': OPSET, ...domains });
  return message([
    [1, IR_VERSION],
    [7, graph],
    ...opsets.map(
      ([domain, version]): Field => [
        8,
        message([...(domain ? ([[1, domain]] satisfies Field[]) : []), [2, version]]),
      ],
    ),
  ]);
}
