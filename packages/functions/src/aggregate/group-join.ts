import type { Input } from '../function.ts';
import type { KeyTable } from '../kernels/keyed/key-table.ts';
import { JoinedKeys, type Reading } from '../keyed/joined-keys.ts';
import type { TraitSample } from '../keyed/traits.ts';
import { FunctionError } from '../refusal.ts';
import { Accumulator, type NumberFormat } from './accumulator.ts';
import type { OutputColumn } from './group-writer.ts';
import { type Layout, layOut } from './layout.ts';
import { type Figure, GroupSizes, sizeNumbers } from './least-group.ts';
import { RowReader, type TableFormat } from './row-reader.ts';
import type { Aggregate } from './spec.ts';

export interface JoinOptions {
  readonly key: readonly string[];
  readonly aggregates: readonly Aggregate[];
  readonly join: 'inner' | 'left';
  readonly numbers: NumberFormat;
  readonly format: TableFormat;
  /** Groups with fewer rows of a party, or with fewer different values of `individual`, are left out, and figures that fewer have a value for. */
  readonly leastGroup: number;
  readonly individual: string | undefined;
}

/** What became of the rows of one party's table. */
export interface RowCounts {
  readonly rows: number;
  readonly blank: number;
  readonly emptyKeys: number;
  /** Rows whose key a table lacks that was read before. */
  readonly withoutPartner: number;
  readonly sample: TraitSample;
}

/** Groups of the parties' rows by key. */
export class GroupJoin {
  readonly #keys: JoinedKeys;
  readonly #layout: Layout;
  readonly #accumulators: readonly Accumulator[];
  readonly #options: JoinOptions;
  readonly #sizes: GroupSizes | undefined;
  readonly #counts: RowCounts[] = [];

  constructor(inputs: readonly Input[], options: JoinOptions) {
    this.#options = options;
    this.#layout = layOut(options.aggregates);
    const { width, measures } = this.#layout;
    // That of the group, and one for each measure.
    const figures = options.leastGroup > 1 ? 1 + measures.length : 0;
    this.#keys = new JoinedKeys(inputs, { join: options.join, width: width + sizeNumbers(figures) });
    const counted = { figures, individuals: options.individual !== undefined };
    this.#sizes = figures > 0 ? new GroupSizes(this.table, width, counted) : undefined;
    this.#accumulators = this.#layout.measures.map(
      (measure) => new Accumulator(this.table, measure, options.numbers),
    );
  }

  get table(): KeyTable {
    return this.#keys.table;
  }

  /** The number of the party whose keys are kept. */
  get kept(): number {
    return this.#keys.kept;
  }

  /** By party. */
  get counts(): readonly RowCounts[] {
    return this.#counts;
  }

  /** Whether whole numbers had more digits than the floats that were made of them. */
  get rounded(): boolean {
    return this.#accumulators.some(({ rounded }) => rounded);
  }

  /** Reads all inputs once: the one whose keys are kept, then the others in their order. Throws `FunctionError`. */
  async read(): Promise<void> {
    await this.#keys.read((input, reading) => this.#readParty(input, reading));
    for (const { found, measure } of this.#accumulators) {
      if (!found)
        throw new FunctionError(
          'invalid-arguments',
          `No party has a column ${JSON.stringify(measure.column)}.`,
        );
    }
  }

  /** All joined groups, in the order of the first input. */
  records(): Int32Array {
    return this.#keys.records();
  }

  /** The groups behind which are enough rows, or individuals, of every party that has some. */
  largeEnough(records: Int32Array): Int32Array {
    return this.#sizes ? records.filter((record) => this.#isTold(record, 0)) : records;
  }

  /** How many of the groups have several rows in more than one table. */
  countRepeated(records: Int32Array): number {
    if (!this.table.hasOftenRepeated) return 0;
    return records.reduce((sum, record) => sum + (this.table.isOftenRepeated(record) ? 1 : 0), 0);
  }

  get columns(): readonly OutputColumn[] {
    return this.#options.aggregates.map(({ text, aggregation, party, column }) => {
      const accumulator = this.#accumulators.find(
        ({ measure }) => measure.party === party && measure.column === column,
      );
      const offset = this.#layout.rows.find((one) => one.party === party)?.offset ?? 0;
      const figure = accumulator ? this.#figureOf(accumulator) : 0;
      return { text, aggregation, accumulator, offset, isTold: (record) => this.#isTold(record, figure) };
    });
  }

  #isTold(record: number, figure: number): boolean {
    return this.#sizes?.isEnough(record, figure, this.#options.leastGroup) ?? true;
  }

  #figureOf(accumulator: Accumulator): number {
    return 1 + this.#accumulators.indexOf(accumulator);
  }

  /** What is counted for `least_group` of the party whose columns these are. */
  #figures(accumulators: readonly Accumulator[]): readonly Figure[] {
    const values = accumulators.map((one) => ({
      index: this.#figureOf(one),
      has: (i: number) => one.hasValue(i),
    }));
    return [{ index: 0, has: () => true }, ...values];
  }

  async #readParty(input: Input, { number: party, round, take }: Reading): Promise<void> {
    const { key, individual, aggregates, format } = this.#options;
    const rows = this.#layout.rows.filter((one) => one.party === undefined || one.party === party);
    const wanted = {
      name: `input_data${party}`,
      party,
      key,
      individual,
      accumulators: this.#accumulators,
      ambiguous: aggregates.flatMap(({ ambiguous }) => (ambiguous === undefined ? [] : [ambiguous])),
    };
    let withoutPartner = 0;
    const reader = new RowReader(wanted, format, (batch, bytesRead, individuals) => {
      take(batch, bytesRead);
      for (const { offset } of rows) this.table.countKeys(batch, offset);
      this.#sizes?.add(batch, individuals, this.#figures(reader.accumulators));
      for (let i = 0; i < batch.count; i++) if ((batch.record[i] ?? -1) < 0) withoutPartner++;
    });
    await reader.read(input);
    this.#sizes?.endParty(round, this.#figures(reader.accumulators));
    const { rows: read, blank, emptyKeys, sample } = reader;
    this.#counts[party] = { rows: read, blank, emptyKeys, withoutPartner, sample };
  }
}
