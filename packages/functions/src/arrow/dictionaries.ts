/** Dictionaries: values that columns have the numbers of. Those that are used stay in memory from their batch on. */
import type { CellText } from '../columns/cells.ts';
import type { WriteCell } from '../columns/csv.ts';
import { broken } from '../columns/place.ts';
import { limits } from '../limits.ts';
import { FunctionError } from '../refusal.ts';
import { type ReadValue, Room, readArray } from './arrays.ts';
import type { Dictionary } from './walk.ts';

const MOST_VALUES = limits.arrowDictionary.value;

/** Values that came in one batch. */
interface Values {
  readonly from: number;
  readonly read: ReadValue;
}

/** The values of a dictionary, the added ones too. */
export class DictionaryValues {
  readonly #parts: Values[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(read: ReadValue, count: number): void {
    if (this.#count + count > MOST_VALUES)
      throw new FunctionError('too-large', `a dictionary has more than ${MOST_VALUES} values`);
    this.#parts.push({ from: this.#count, read });
    this.#count += count;
  }

  read(index: number): ReturnType<ReadValue> {
    // The last part that begins at the value or before it.
    let [low, high] = [0, this.#parts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#parts[middle]?.from ?? 0) <= index) low = middle;
      else high = middle - 1;
    }
    const part = this.#parts[low];
    return part?.read(index - part.from);
  }
}

/** The cells of the values of a dictionary, each made once. */
export class DictionaryCells {
  readonly #values: DictionaryValues;
  readonly #text: CellText;
  readonly #cell: WriteCell;
  readonly #written: (string | undefined)[] = [];

  constructor(values: DictionaryValues, text: CellText, cell: WriteCell) {
    this.#values = values;
    this.#text = text;
    this.#cell = cell;
  }

  at(index: number): string {
    const known = this.#written[index];
    if (known !== undefined) return known;
    if (index < 0 || index >= this.#values.count)
      broken('it refers to a value that its dictionary does not have');
    const value = this.#values.read(index);
    const cell = this.#cell(value === undefined ? undefined : this.#text(value));
    this.#written[index] = cell;
    return cell;
  }
}

/** By their ids. */
export class Dictionaries {
  readonly #known = new Map<bigint, { readonly values: DictionaryValues; readonly room: number }>();
  readonly #room = new Room();

  get(id: bigint): DictionaryValues | undefined {
    return this.#known.get(id)?.values;
  }

  /** Adds the values of a batch to those of its dictionary, or puts them in their place. @throws `Error` of any kind, without the place */
  take({ id, isDelta, plan }: Dictionary, body: Uint8Array): void {
    const [array] = plan.arrays;
    if (!array) return;
    const known = this.#known.get(id);
    if (!isDelta) this.#room.free(known?.room ?? 0);
    const before = this.#room.used;
    const read = readArray(array, plan, body, this.#room);
    const values = (isDelta && known?.values) || new DictionaryValues();
    values.add(read, plan.rows);
    const room = this.#room.used - before + (isDelta ? (known?.room ?? 0) : 0);
    this.#known.set(id, { values, room });
  }
}
