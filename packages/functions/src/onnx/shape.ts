/** How rows of a table become a model's input, and which output of a model is written. */

import { limits } from '../limits.ts';
import { FunctionError } from '../refusal.ts';
import { quote } from '../text/quote.ts';
import { DOUBLE, elementName, FLOAT, INT32, INT64, type TensorData } from './element.ts';
import type { Port } from './session.ts';

/** What one run of the model may be given. */
const MAX_NUMBERS = limits.onnxInput.value;

/** How many rows go in at once, and in which shape. */
export interface Feed {
  readonly columns: number;
  /** Rows that the model wants at once; undefined where it leaves that open. */
  readonly rows: number | undefined;
  dims(rows: number): number[];
}

/** As many names and sizes as a message has. */
const SHOWN = 8;

function list(items: readonly (string | number)[]): string {
  return items.length > SHOWN ? `${items.slice(0, SHOWN).join(', ')}, ...` : items.join(', ');
}

const names = (ports: readonly Port[]) => list(ports.map(({ name }) => quote(name)));

/** The port of that name, or the first one. Throws `FunctionError` where there is none. */
export function choosePort(ports: readonly Port[], name: string | undefined, what: 'input' | 'output'): Port {
  const port = name === undefined ? ports[0] : ports.find((one) => one.name === name);
  if (port) return port;
  throw new FunctionError(
    'invalid-model',
    name === undefined
      ? `The model has no ${what}.`
      : `The model has no ${what} ${quote(name)}; it has ${names(ports)}.`,
  );
}

/** The only input. Throws `FunctionError` where the model has another number of them. */
export function onlyInput(inputs: readonly Port[]): Port {
  if (inputs.length !== 1) {
    throw new FunctionError(
      'invalid-model',
      `The model has ${inputs.length} inputs (${names(inputs)}), but a table is one: export it with one input of all columns.`,
    );
  }
  return choosePort(inputs, undefined, 'input');
}

const size = (dim: number | string): number | undefined =>
  typeof dim === 'number' && dim >= 0 ? dim : undefined;

/**
 * Rows go in along the first dimension; the others must have fixed sizes, whose product is the number of columns (one
 * row then fills them in order). Of two dimensions the second may be open: `given` says how many columns there are.
 * Throws `FunctionError` where the model's shape does not allow it, or is not the data's.
 */
export function planFeed({ name, dims }: Port, given: number | undefined): Feed {
  const [first, ...others] = dims;
  const text = `[${list(dims.map((dim) => size(dim) ?? 'any'))}]`;
  if (first === undefined || others.length === 0) {
    throw new FunctionError(
      'invalid-model',
      `The model's input ${quote(name)} has the shape ${text}: rows and columns are wanted.`,
    );
  }
  const sizes = others.flatMap((dim) => size(dim) ?? (others.length === 1 ? given : undefined) ?? []);
  if (sizes.length < others.length) {
    throw new FunctionError(
      others.length === 1 ? 'invalid-arguments' : 'invalid-model',
      others.length === 1
        ? `The model's input ${quote(name)} leaves the number of columns open: say it with the argument "columns".`
        : `The model's input ${quote(name)} has the shape ${text}: only the first size may be open.`,
    );
  }
  const columns = sizes.reduce((product, one) => product * one, 1);
  if (given !== undefined && given !== columns) {
    throw new FunctionError(
      'invalid-model',
      `The data have ${given} columns, the model's input ${quote(name)} wants ${columns}: ${text}.`,
    );
  }
  const rows = size(first);
  const numbers = columns * (rows ?? 1);
  if (numbers === 0 || numbers > MAX_NUMBERS) {
    throw new FunctionError(
      'invalid-model',
      `The model's input ${quote(name)} has the shape ${text}: from 1 to ${MAX_NUMBERS} numbers can go in at once.`,
    );
  }
  return { columns, rows, dims: (count) => [count, ...sizes] };
}

interface Place {
  readonly columns: number;
  /** Of the table, the row that the values start with; from 0. */
  readonly firstRow: number;
}

/** Refuses the first value that is no integer of at most `limit`. */
function checkIntegers(
  values: Float64Array,
  limit: number,
  type: string,
  { columns, firstRow }: Place,
): void {
  const wrong = values.findIndex((value) => !Number.isInteger(value) || Math.abs(value) > limit);
  if (wrong < 0) return;
  const [row, column] = [firstRow + Math.floor(wrong / columns), wrong % columns];
  throw new FunctionError(
    'invalid-input',
    `Row ${row + 1}, column ${column + 1}: the model wants integers (${type}).`,
  );
}

/** Numbers of a table in the element type of the input. Throws `FunctionError` for a type that takes no numbers. */
export function encode({ name, type }: Port, values: Float64Array, place: Place): TensorData {
  switch (type) {
    case FLOAT:
      return Float32Array.from(values);
    case DOUBLE:
      return Float64Array.from(values);
    case INT32:
      checkIntegers(values, 2 ** 31 - 1, 'int32', place);
      return Int32Array.from(values);
    case INT64:
      checkIntegers(values, Number.MAX_SAFE_INTEGER, 'int64', place);
      return BigInt64Array.from([...values].map(BigInt));
    default:
      throw new FunctionError(
        'invalid-model',
        `The model's input ${quote(name)} is of ${elementName(type)}; float, double, int32 and int64 can be given.`,
      );
  }
}
