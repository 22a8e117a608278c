/** Cells of a table as elements of a model's input: numbers and texts in, typed memory out. */
import { floatFault, slowF64 } from '../text/float-text.ts';
import {
  BOOL,
  DOUBLE,
  ELEMENT_TYPES,
  elementName,
  FLOAT,
  FLOAT16,
  STRING,
  type TensorData,
} from './element.ts';

/** A number, or the text of a cell as it stands in the table. */
export type Cell = number | string;

/** What was seen of all cells of a table, without their values. */
export interface CellCounts {
  /** Empty cells and NaN. */
  missing: number;
  /** Whole numbers that an input of floats has no place for: the nearest one was taken. */
  rounded: number;
  /** Texts with blanks before or after them. */
  blanks: number;
}

/** Why a cell is no element; undefined: it is one. */
type Fault = string | undefined;

/** Elements of one type that grow by one. */
export interface Elements {
  readonly count: number;
  /** Numbers; and for text, as many as have its size. */
  readonly size: number;
  /** Adds a cell. Returns why it cannot. */
  add(cell: Cell): Fault;
  /** Adds the last `count` elements again. */
  repeat(count: number): void;
  /** All of them. They must not be used after `clear`. */
  values(): TensorData | readonly string[];
  clear(): void;
}

/** Digits of an integer text; longer ones are in no type. */
const LONGEST_INTEGER = 40;
const INTEGER = /^[+-]?\d+$/;
const TRUE = /^true$/i;
const FALSE = /^false$/i;
/** Characters of a text that count as one number. */
const TEXT_UNIT = 8;

/** A number; NaN for what is missing. */
function numberOf(cell: Cell): number | { readonly fault: string } {
  if (typeof cell === 'number') return cell;
  const text = cell.trim();
  if (text === '') return Number.NaN;
  const fault = floatFault(text);
  if (fault !== undefined) return { fault };
  const value = slowF64(text);
  return Number.isFinite(value) || Number.isNaN(value) ? value : { fault: 'a finite number is wanted' };
}

abstract class Numbers implements Elements {
  count = 0;
  protected readonly type: number;
  #values: TensorData;

  constructor(type: number) {
    this.type = type;
    this.#values = this.#allocate(64);
  }

  #allocate(count: number): TensorData {
    const element = ELEMENT_TYPES.get(this.type);
    if (!element) throw new Error(`${elementName(this.type)} has no elements`);
    return element.view(new ArrayBuffer(count * element.bytes));
  }

  get size(): number {
    return this.count;
  }

  abstract add(cell: Cell): Fault;

  protected push(value: number | bigint): void {
    this.#reserve(this.count + 1);
    // The subclass gives what the type holds: bigints to the two of 64 bits, numbers to the others.
    this.#values[this.count++] = value as never;
  }

  protected last(): number | bigint {
    return this.#values[this.count - 1] ?? 0;
  }

  #reserve(wanted: number): void {
    if (wanted <= this.#values.length) return;
    const grown = this.#allocate(Math.max(wanted, 2 * this.#values.length));
    // Both are of the same type.
    grown.set(this.#values as never);
    this.#values = grown;
  }

  repeat(count: number): void {
    this.#reserve(this.count + count);
    this.#values.copyWithin(this.count, this.count - count, this.count);
    this.count += count;
  }

  values(): TensorData {
    return this.#values.subarray(0, this.count);
  }

  clear(): void {
    this.count = 0;
  }
}

class Floats extends Numbers {
  readonly #counts: CellCounts;

  constructor(type: number, counts: CellCounts) {
    super(type);
    this.#counts = counts;
  }

  add(cell: Cell): Fault {
    const value = numberOf(cell);
    if (typeof value === 'object') return value.fault;
    this.push(value);
    const stored = this.last();
    if (Number.isNaN(value)) this.#counts.missing++;
    else if (stored !== value) {
      if (stored === Infinity || stored === -Infinity)
        return `the number is too large for the model's input (${elementName(this.type)})`;
      if (Number.isInteger(value)) this.#counts.rounded++;
    }
    return undefined;
  }
}

const BITS: ReadonlyMap<string, readonly [low: bigint, high: bigint]> = new Map(
  [8n, 16n, 32n, 64n].flatMap((bits) => [
    [`int${bits}`, [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n]],
    [`uint${bits}`, [0n, 2n ** bits - 1n]],
  ]),
);

class Integers extends Numbers {
  readonly #name: string;
  readonly #low: bigint;
  readonly #high: bigint;
  readonly #isWide: boolean;

  constructor(type: number) {
    super(type);
    this.#name = elementName(type);
    [this.#low, this.#high] = BITS.get(this.#name) ?? [0n, 0n];
    this.#isWide = this.#name.endsWith('64');
  }

  add(cell: Cell): Fault {
    const text = typeof cell === 'string' ? cell.trim() : undefined;
    if (text !== undefined && text.length <= LONGEST_INTEGER && INTEGER.test(text))
      return this.#take(BigInt(text.replace('+', '')));
    const value = numberOf(cell);
    if (typeof value === 'object') return value.fault;
    if (Number.isNaN(value)) return `a value is missing, and the model wants integers (${this.#name})`;
    if (!Number.isInteger(value)) return `the model wants integers (${this.#name})`;
    // Read as a double: beyond that it need not be the number that the table has.
    if (this.#isWide && !Number.isSafeInteger(value))
      return `the model wants integers (${this.#name}), of at most 2^53 - 1 in tables of this width or with an exponent`;
    return this.#take(this.#isWide ? BigInt(value) : value);
  }

  #take(value: number | bigint): Fault {
    if (value < this.#low || value > this.#high)
      return `the model wants integers from ${this.#low} to ${this.#high} (${this.#name})`;
    this.push(this.#isWide ? value : Number(value));
    return undefined;
  }
}

class Truths extends Numbers {
  constructor() {
    super(BOOL);
  }

  add(cell: Cell): Fault {
    const text = typeof cell === 'string' ? cell.trim() : String(cell);
    const isTrue = TRUE.test(text) || Number(text) === 1;
    // An empty text is 0 as a number.
    if (!isTrue && !FALSE.test(text) && (text === '' || Number(text) !== 0))
      return 'the model wants true or false, or 1 or 0 (bool)';
    this.push(isTrue ? 1 : 0);
    return undefined;
  }
}

class Texts implements Elements {
  #values: string[] = [];
  size = 0;
  readonly #counts: CellCounts;

  constructor(counts: CellCounts) {
    this.#counts = counts;
  }

  get count(): number {
    return this.#values.length;
  }

  add(cell: Cell): Fault {
    const text = String(cell);
    if (text === '') this.#counts.missing++;
    else if (text.trim() !== text) this.#counts.blanks++;
    this.#push(text);
    return undefined;
  }

  #push(text: string): void {
    this.#values.push(text);
    this.size += 1 + Math.floor(text.length / TEXT_UNIT);
  }

  repeat(count: number): void {
    for (const text of this.#values.slice(-count)) this.#push(text);
  }

  values(): readonly string[] {
    return this.#values;
  }

  clear(): void {
    this.#values = [];
    this.size = 0;
  }
}

/** Whether an input of that type wants the texts of a table: its numbers alone do not say enough. */
export const wantsText = (type: number): boolean =>
  type === STRING || type === BOOL || elementName(type).endsWith('int64');

/** Elements of a type; undefined for one that nothing in a table is. */
export function createElements(type: number, counts: CellCounts): Elements | undefined {
  if (type === STRING) return new Texts(counts);
  if (type === BOOL) return new Truths();
  if (type === FLOAT || type === DOUBLE || type === FLOAT16) return new Floats(type, counts);
  return BITS.has(elementName(type)) ? new Integers(type) : undefined;
}
