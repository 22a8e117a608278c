/** Element types of tensors, by their numbers in onnx.proto (`TensorProto.DataType`). */

export type TensorData =
  | Float16Array
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

export interface ElementType {
  readonly name: string;
  readonly bytes: number;
  /** Views copied memory as values. */
  readonly view: (memory: ArrayBuffer) => TensorData;
}

export const FLOAT = 1;
export const INT32 = 6;
export const INT64 = 7;
export const STRING = 8;
export const BOOL = 9;
export const FLOAT16 = 10;
export const DOUBLE = 11;

/** The types that have numbers as values here; complex and packed types have no typed array in JavaScript. */
export const ELEMENT_TYPES: ReadonlyMap<number, ElementType> = new Map<number, ElementType>([
  [FLOAT, { name: 'float', bytes: 4, view: (memory) => new Float32Array(memory) }],
  [2, { name: 'uint8', bytes: 1, view: (memory) => new Uint8Array(memory) }],
  [3, { name: 'int8', bytes: 1, view: (memory) => new Int8Array(memory) }],
  [4, { name: 'uint16', bytes: 2, view: (memory) => new Uint16Array(memory) }],
  [5, { name: 'int16', bytes: 2, view: (memory) => new Int16Array(memory) }],
  [INT32, { name: 'int32', bytes: 4, view: (memory) => new Int32Array(memory) }],
  [INT64, { name: 'int64', bytes: 8, view: (memory) => new BigInt64Array(memory) }],
  [BOOL, { name: 'bool', bytes: 1, view: (memory) => new Uint8Array(memory) }],
  [FLOAT16, { name: 'float16', bytes: 2, view: (memory) => new Float16Array(memory) }],
  [DOUBLE, { name: 'double', bytes: 8, view: (memory) => new Float64Array(memory) }],
  [12, { name: 'uint32', bytes: 4, view: (memory) => new Uint32Array(memory) }],
  [13, { name: 'uint64', bytes: 8, view: (memory) => new BigUint64Array(memory) }],
]);

const OTHERS: ReadonlyMap<number, string> = new Map([
  [0, 'no tensor'],
  [STRING, 'string'],
  [16, 'bfloat16'],
]);

/** For messages. */
export const elementName = (type: number): string =>
  ELEMENT_TYPES.get(type)?.name ?? OTHERS.get(type) ?? `type ${type}`;
