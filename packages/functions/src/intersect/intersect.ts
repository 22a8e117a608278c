import { orderedSetIntersectEntry } from '@gaiwan/catalogue/entries';
import { decodeArguments } from '../arguments/decode.ts';
import type { CataloguedFunction, Output } from '../function.ts';
import { countsLine } from '../keyed/report.ts';
import { FunctionError } from '../refusal.ts';
import { compareItems, Items } from './items.ts';

const CHUNK = 1 << 16;
const ZERO = 0x30;
const ONE = 0x31;

/** One `0` or `1` for each line of an input. */
class Marks {
  readonly #output: Output;
  #chunk = new Uint8Array(CHUNK);
  #used = 0;
  /** Lines so far. */
  count = 0;

  constructor(output: Output) {
    this.#output = output;
  }

  get isFull(): boolean {
    return this.#used === CHUNK;
  }

  add(mark: typeof ZERO | typeof ONE): void {
    this.#chunk[this.#used++] = mark;
    this.count++;
  }

  async flush(): Promise<void> {
    if (this.#used > 0) await this.#output.write(this.#chunk.subarray(0, this.#used));
    this.#chunk = new Uint8Array(CHUNK);
    this.#used = 0;
  }

  async close(): Promise<void> {
    await this.flush();
    await this.#output.close();
  }
}

/** One party's side of the walk. */
class Side {
  readonly items: Items;
  readonly #marks: Marks;
  /** Whether an item is there to look at. */
  present = false;

  constructor(items: Items, marks: Marks) {
    this.items = items;
    this.#marks = marks;
  }

  /** Steps on without waiting. False: call `refill` first. */
  step(): boolean {
    if (this.items.needsBlock || this.#marks.isFull) return false;
    this.items.next();
    return true;
  }

  async refill(): Promise<void> {
    if (this.#marks.isFull) await this.#marks.flush();
    this.present = !this.items.needsBlock || (await this.items.fill());
    if (this.present) this.items.next();
  }

  /** Lines of the list so far. */
  get lines(): number {
    return this.#marks.count;
  }

  mark(mark: typeof ZERO | typeof ONE): void {
    this.#marks.add(mark);
  }

  async close(): Promise<void> {
    await this.#marks.close();
  }
}

/** Walks over both sides as a merge does, so that equal items pair one to one; returns the number of pairs. */
async function walk(a: Side, b: Side): Promise<number> {
  let common = 0;
  await a.refill();
  await b.refill();
  while (a.present || b.present) {
    const order = !a.present ? 1 : !b.present ? -1 : compare(a, b);
    const mark = order === 0 ? ONE : ZERO;
    if (order === 0) common++;
    if (order <= 0) {
      a.mark(mark);
      if (!a.step()) await a.refill();
    }
    if (order >= 0) {
      b.mark(mark);
      if (!b.step()) await b.refill();
    }
  }
  return common;
}

function compare(a: Side, b: Side): number {
  return compareItems(a.items.item, b.items.item) * a.items.direction;
}

function parseOrder(order: string): 1 | -1 {
  if (order === 'ascending') return 1;
  // The misspelling is the interface.
  if (order === 'desending') return -1;
  throw new FunctionError('invalid-arguments', 'Invalid order');
}

/** Marks which lines of two sorted lists of hexadecimal items are in both (contract 1.8). Constant memory. */
export const orderedSetIntersect: CataloguedFunction = {
  name: orderedSetIntersectEntry.name,
  entry: orderedSetIntersectEntry,
  async run(context) {
    const { order } = decodeArguments(context.args, orderedSetIntersectEntry.arguments);
    const inputs = [context.input('input_data1'), context.input('input_data2')] as const;
    const outputs = [context.output('output_result1'), context.output('output_result2')] as const;
    const sign = parseOrder(order);
    const a = new Side(new Items(inputs[0], 'input_data1', sign), new Marks(outputs[0]));
    const b = new Side(new Items(inputs[1], 'input_data2', sign), new Marks(outputs[1]));
    try {
      const common = await walk(a, b);
      await a.close();
      await b.close();
      for (const [i, { lines }] of [a, b].entries()) {
        context.log(
          countsLine(`input_data${i + 1}`, [
            [lines, 'line'],
            [lines - common, 'without partner'],
          ]),
        );
      }
      return `${common} common items`;
    } finally {
      await a.items.close();
      await b.items.close();
    }
  },
};
