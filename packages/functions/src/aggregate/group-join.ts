import type { Input } from '../function.ts';
import type { KeyTable } from '../kernels/keyed/key-table.ts';
import { JoinedKeys, type TakeBatch } from '../keyed/joined-keys.ts';
import { FunctionError } from '../refusal.ts';
import { Accumulator, type Numbers } from './accumulator.ts';
import type { OutputColumn } from './group-writer.ts';
import { type Layout, layOut } from './layout.ts';
import { RowReader, type TableFormat } from './row-reader.ts';
import type { Aggregate } from './spec.ts';

export interface JoinOptions {
  readonly key: readonly string[];
  readonly aggregates: readonly Aggregate[];
  readonly join: 'inner' | 'left';
  readonly numbers: Numbers;
  readonly format: TableFormat;
}

/** Groups of the parties' rows by key. */
export class GroupJoin {
  readonly #keys: JoinedKeys;
  readonly #layout: Layout;
  readonly #accumulators: readonly Accumulator[];
  readonly #options: JoinOptions;

  constructor(inputs: readonly Input[], options: JoinOptions) {
    this.#options = options;
    this.#layout = layOut(options.aggregates);
    this.#keys = new JoinedKeys(inputs, { join: options.join, width: this.#layout.width });
    this.#accumulators = this.#layout.measures.map(
      (measure) => new Accumulator(this.table, measure, options.numbers),
    );
  }

  get table(): KeyTable {
    return this.#keys.table;
  }

  /** Reads all inputs once: the one whose keys are kept, then the others in their order. Throws `FunctionError`. */
  async read(): Promise<void> {
    await this.#keys.read((input, number, take) => this.#readParty(input, number, take));
    for (const { found, measure } of this.#accumulators) {
      if (!found)
        throw new FunctionError(
          'invalid-arguments',
          `No party has a column ${JSON.stringify(measure.column)}.`,
        );
    }
  }

  /** The groups of the result, in the order of the first input. */
  records(): Int32Array {
    return this.#keys.records();
  }

  get columns(): readonly OutputColumn[] {
    return this.#options.aggregates.map(({ text, aggregation, party, column }) => {
      const accumulator = this.#accumulators.find(
        ({ measure }) => measure.party === party && measure.column === column,
      );
      const rows = this.#layout.rows.find((one) => one.party === party)?.offset;
      const kept =
        aggregation === 'rows'
          ? undefined
          : accumulator?.measure[aggregation === 'mean' ? 'sum' : aggregation];
      return { text, aggregation, accumulator, offset: kept ?? rows ?? 0 };
    });
  }

  async #readParty(input: Input, party: number, take: TakeBatch): Promise<void> {
    const rows = this.#layout.rows.filter((one) => one.party === undefined || one.party === party);
    const wanted = {
      name: `input_data${party}`,
      party,
      key: this.#options.key,
      accumulators: this.#accumulators,
    };
    const reader = new RowReader(wanted, this.#options.format, (batch, bytesRead) => {
      take(batch, bytesRead);
      for (const { offset } of rows) this.table.countKeys(batch, offset);
    });
    await reader.read(input);
  }
}
