/** Rows on their way into the model: cells become elements, as many rows at a time as the model may be given. */
import { FunctionError } from '../refusal.ts';
import { type CellCounts, createElements, type Elements } from './cells.ts';
import { MAX_NUMBERS, type Plan, type PlannedInput } from './plan.ts';
import type { CellBatch } from './row-source.ts';
import type { RowWise } from './rows/row-wise.ts';
import type { Feed } from './runtime.ts';

/** Numbers that go in at once where the model leaves it to us. */
const BATCH = 1 << 15;

interface Filling {
  readonly input: PlannedInput;
  readonly elements: Elements;
  /** Its first cell among those of a row. */
  readonly offset: number;
}

function fill({ inputs }: Plan, counts: CellCounts): Filling[] {
  let offset = 0;
  return inputs.map((input) => {
    const elements = createElements(input.port.type, counts);
    if (!elements) throw new Error('an input that no cell goes into');
    const filling = { input, elements, offset };
    offset += input.width;
    return filling;
  });
}

export class RowBuffer {
  /** Rows that are in it. */
  rows = 0;
  /** Rows that the model gets: more than `rows` once it was filled up. */
  fed = 0;
  readonly #fillings: readonly Filling[];
  readonly #plan: Plan;
  readonly #rowWise: RowWise;

  constructor(plan: Plan, rowWise: RowWise, counts: CellCounts) {
    this.#plan = plan;
    this.#rowWise = rowWise;
    this.#fillings = fill(plan, counts);
  }

  /** How many rows go in at once: a number that the model wants, as many as are convenient, or all that there are. */
  get atOnce(): number | 'any' | 'all' {
    return this.#plan.rows ?? (this.#rowWise.isRowWise ? 'any' : 'all');
  }

  /** Adds a row. Throws `FunctionError` with the place of a cell that is none for the model. */
  add(batch: CellBatch, row: number, positions: readonly number[] | undefined): void {
    const base = row * batch.columns;
    for (const { input, elements, offset } of this.#fillings) {
      for (let i = 0; i < input.width; i++) {
        const column = positions ? (positions[offset + i] ?? 0) : offset + i;
        const fault = elements.add(batch.cells[base + column] ?? '');
        if (fault === undefined) continue;
        throw new FunctionError(
          'invalid-input',
          `Row ${batch.first + row + 1}, column ${column + 1}: ${fault}.`,
        );
      }
    }
    this.rows++;
    this.fed++;
    if (this.#size > MAX_NUMBERS) this.#refuseMore();
  }

  get #size(): number {
    return this.#fillings.reduce((sum, { elements }) => sum + elements.size, 0);
  }

  #refuseMore(): never {
    const why = this.#rowWise.isRowWise
      ? 'so many rows at once'
      : `all rows at once, since it may look across them (${this.#rowWise.op})`;
    throw new FunctionError(
      'too-large',
      `The model gets ${why}, and of those at most ${MAX_NUMBERS} numbers: give it fewer rows.`,
    );
  }

  /** Whether the rows are to go in before more are added. */
  get isFull(): boolean {
    const { atOnce } = this;
    if (atOnce === 'all') return false;
    return atOnce === 'any' ? this.#size >= BATCH : this.rows === atOnce;
  }

  /**
   * Fills up to what the model wants, by the last row again. Throws `FunctionError` for a model that may look across rows: its
   * answer for the others would depend on how many were added.
   */
  fillUp(): void {
    const { atOnce } = this;
    if (typeof atOnce !== 'number' || this.rows === atOnce) return;
    if (!this.#rowWise.isRowWise) {
      throw new FunctionError(
        'unsuitable-data',
        `The model takes ${atOnce} rows at once and may look across them (${this.#rowWise.op}), and ${this.rows} are left for the last time: give a multiple of ${atOnce} rows, or export the model with an open number of rows.`,
      );
    }
    for (; this.fed < atOnce; this.fed++)
      for (const { input, elements } of this.#fillings) elements.repeat(input.width);
  }

  /** What goes into the model. */
  feeds(): Feed[] {
    return this.#fillings.map(({ input: { port, sizes }, elements }) => ({
      port,
      tensor: { type: port.type, dims: [this.fed, ...sizes], data: elements.values() },
    }));
  }

  clear(): void {
    for (const { elements } of this.#fillings) elements.clear();
    this.rows = 0;
    this.fed = 0;
  }
}
