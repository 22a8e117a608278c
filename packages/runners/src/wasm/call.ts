/**
 * Calls `entrypoint` as WAMR does: arguments and result are cells of 32 bits in one array. So a function with fewer
 * parameters runs, one without a result returns argc, and of a wider result the low 32 bits count.
 */
import type {} from '../webassembly.ts';
import { Trap } from './traps.ts';
import { F32, F64, type FunctionType, I32, I64 } from './types.ts';

const NUMBERS: readonly number[] = [I32, I64, F32, F64];

type Value = number | bigint;
export type Exported = (...args: Value[]) => unknown;

/** A function that the module exports under this name. Throws `Trap` where there is none. */
export function exportedCall(exports: WebAssembly.Instance['exports'], name: string): Exported {
  const found = exports[name];
  if (!isFunction(found)) throw new Trap(`the function ${name} is not exported`);
  return found;
}

const isFunction = (value: unknown): value is Exported => typeof value === 'function';

/** @returns An i32. Throws what the program throws. */
export function callEntry(
  entry: Exported,
  type: FunctionType,
  { argc, argv }: { readonly argc: number; readonly argv: number },
): number {
  const cells = new DataView(new ArrayBuffer(16));
  cells.setUint32(0, argc, true);
  cells.setUint32(4, argv, true);
  let at = 0;
  const values = type.params.map((param): Value => {
    const start = at;
    at += param === I64 || param === F64 ? 8 : 4;
    if (at > 8) {
      const wanted = type.params.reduce((sum, one) => sum + (one === I64 || one === F64 ? 2 : 1), 0);
      throw new Trap(`invalid argument count 2, must be no smaller than ${wanted}`);
    }
    return load(cells, start, param);
  });
  // The engine would refuse them in words of its own.
  if (type.results.some((result) => !NUMBERS.includes(result)))
    throw new Trap('unsupported type of a result');
  const returned = entry(...values);
  const [first]: readonly unknown[] = Array.isArray(returned) ? returned : [returned];
  const result = type.results[0];
  if (result !== undefined) store(cells, result, first);
  return cells.getInt32(0, true);
}

function load(cells: DataView, at: number, type: number): Value {
  switch (type) {
    case I32:
      return cells.getInt32(at, true);
    case I64:
      return cells.getBigInt64(at, true);
    case F32:
      return cells.getFloat32(at, true);
    case F64:
      return cells.getFloat64(at, true);
    default:
      throw new Trap('unsupported type of a parameter');
  }
}

function store(cells: DataView, type: number, value: unknown): void {
  if (typeof value === 'bigint' && type === I64) cells.setBigInt64(0, value, true);
  else if (typeof value === 'number' && type === I32) cells.setInt32(0, value, true);
  else if (typeof value === 'number' && type === F32) cells.setFloat32(0, value, true);
  else if (typeof value === 'number' && type === F64) cells.setFloat64(0, value, true);
  else throw new Trap('unsupported type of a result');
}
