import { stringArgument } from './arguments.ts';
import { type BuiltinFunction, FunctionError, type Input, type Output } from './function.ts';
import { LineCutter } from './lines.ts';

/**
 * Which items two sorted lists have in common. Lines are hex strings, sorted by their decoded bytes in the stated
 * order; the outputs have one `1` or `0` for each line of the respective input. Both inputs are walked once.
 */
export const orderedSetIntersect: BuiltinFunction = {
  name: 'builtin-ordered-set-intersect',
  async run(context) {
    const order = stringArgument(context.args, 'order');
    const inputs = [context.input('input_data1'), context.input('input_data2')] as const;
    const marks = [new Marks(context.output('output_result1')), new Marks(context.output('output_result2'))] as const;
    // The misspelling is the interface.
    if (order !== 'ascending' && order !== 'desending') throw new FunctionError('Invalid order');
    const sign = order === 'ascending' ? 1 : -1;
    const left = new Items(inputs[0], sign);
    const right = new Items(inputs[1], sign);
    let common = 0;
    let a = await left.next();
    let b = await right.next();
    while (a !== undefined || b !== undefined) {
      const compared = a === undefined ? 1 : b === undefined ? -1 : Buffer.compare(a, b) * sign;
      if (compared === 0) common++;
      if (compared <= 0) {
        await marks[0].add(compared === 0);
        a = left.ready() ?? (await left.next());
      }
      if (compared >= 0) {
        await marks[1].add(compared === 0);
        b = right.ready() ?? (await right.next());
      }
    }
    for (const mark of marks) await mark.close();
    return `${common} common items`;
  },
};

/** Decoded lines of an input, in order; refuses one that is out of order. */
class Items {
  readonly #iterator: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  readonly #sign: number;
  readonly #cutter: LineCutter;
  #queue: Uint8Array[] = [];
  #at = 0;
  #before: Uint8Array | undefined;
  #ended = false;

  constructor(input: Input, sign: number) {
    const chunks = input.chunks();
    this.#iterator = Symbol.iterator in chunks ? chunks[Symbol.iterator]() : chunks[Symbol.asyncIterator]();
    this.#sign = sign;
    this.#cutter = new LineCutter((bytes, start, end) => this.#queue.push(decodeHex(bytes, start, end)));
  }

  /** The next item if it is there without waiting. */
  ready(): Uint8Array | undefined {
    const item = this.#queue[this.#at];
    if (item === undefined) return undefined;
    this.#at++;
    if (this.#before && Buffer.compare(this.#before, item) * this.#sign > 0) throw new FunctionError('Invalid ordering');
    this.#before = item;
    return item;
  }

  async next(): Promise<Uint8Array | undefined> {
    for (;;) {
      const item = this.ready();
      if (item !== undefined || this.#ended) return item;
      this.#queue = [];
      this.#at = 0;
      const { done, value } = await this.#iterator.next();
      if (done) {
        this.#cutter.end();
        this.#ended = true;
      } else {
        this.#cutter.push(value as Uint8Array);
      }
    }
  }
}

/** Texts as the contract has them. */
function decodeHex(bytes: Uint8Array, start: number, end: number): Uint8Array {
  if ((end - start) % 2 !== 0) throw new FunctionError('Odd number of digits');
  const out = new Uint8Array((end - start) / 2);
  for (let i = start; i < end; i += 2) {
    out[(i - start) / 2] = (digit(bytes, i, start) << 4) | digit(bytes, i + 1, start);
  }
  return out;
}

function digit(bytes: Uint8Array, at: number, start: number): number {
  const byte = bytes[at] as number;
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  if (lower >= 97 && lower <= 102) return lower - 87;
  throw new FunctionError(`Invalid character '${String.fromCharCode(byte)}' at position ${at - start}`);
}

/** An output of `0` and `1`, written in pieces. */
class Marks {
  readonly #output: Output;
  #chunk = new Uint8Array(1 << 16);
  #used = 0;

  constructor(output: Output) {
    this.#output = output;
  }

  async add(mark: boolean): Promise<void> {
    this.#chunk[this.#used++] = mark ? 49 : 48;
    if (this.#used === this.#chunk.length) await this.#flush();
  }

  async close(): Promise<void> {
    await this.#flush();
    await this.#output.close();
  }

  async #flush(): Promise<void> {
    if (this.#used > 0) await this.#output.write(this.#chunk.subarray(0, this.#used));
    this.#chunk = new Uint8Array(1 << 16);
    this.#used = 0;
  }
}
