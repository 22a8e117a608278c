import type { Input } from '../function.ts';
import { KeyTable } from '../kernels/keyed/key-table.ts';
import type { KeyBatch } from '../keyed/key-batch.ts';
import { chooseBuild, guessRoom } from '../keyed/parties.ts';
import { FunctionError } from '../refusal.ts';
import { Accumulator, type Numbers } from './accumulator.ts';
import { type Layout, layOut } from './layout.ts';
import { RowReader, type TableFormat } from './rows.ts';
import type { Aggregate } from './spec.ts';
import type { OutputColumn } from './write.ts';

export interface JoinOptions {
  readonly key: readonly string[];
  readonly aggregates: readonly Aggregate[];
  readonly join: 'inner' | 'left';
  readonly numbers: Numbers;
  readonly format: TableFormat;
}

/** Groups of the parties' rows by key. */
export class GroupJoin {
  readonly table: KeyTable;
  readonly #layout: Layout;
  readonly #accumulators: readonly Accumulator[];
  readonly #inputs: readonly Input[];
  readonly #options: JoinOptions;
  /** Where the first input's keys are not those that were kept: in its order. */
  #met: number[] | undefined;

  constructor(inputs: readonly Input[], options: JoinOptions) {
    this.#inputs = inputs;
    this.#options = options;
    this.#layout = layOut(options.aggregates);
    this.table = new KeyTable(this.#layout.width);
    this.#accumulators = this.#layout.measures.map(
      (measure) => new Accumulator(this.table, measure, options.numbers),
    );
  }

  /** Reads all inputs once: the one whose keys are kept, then the others in their order. Throws `FunctionError`. */
  async read(): Promise<void> {
    const kept = this.#options.join === 'left' ? 0 : chooseBuild(this.#inputs);
    const { size } = this.#inputs[kept] as Input;
    await this.#each(kept, (batch, bytesRead) => {
      guessRoom(this.table, batch, bytesRead, size);
      this.table.intern(batch);
      this.#mark(batch, 1);
    });
    const met: number[] = [];
    if (kept !== 0) this.#met = met;
    let round = 1;
    for (const number of this.#inputs.keys()) {
      if (number === kept) continue;
      round++;
      const onFirst = number === 0 ? (record: number) => void met.push(record) : undefined;
      await this.#each(number, (batch) => {
        this.table.find(batch);
        this.#mark(batch, round, onFirst);
      });
    }
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
    if (this.#options.join === 'left') return this.table.recordsAt();
    const rounds = this.#inputs.length;
    if (!this.#met) return this.table.recordsAt(rounds);
    return Int32Array.from(this.#met.filter((record) => this.table.round(record) === rounds));
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

  /** Notes that the round has had the rows' keys; of an inner join, rows are left out that an earlier round lacks. */
  #mark({ record: found, count }: KeyBatch, round: number, onFirst?: (record: number) => void): void {
    const { words } = this.table;
    const inner = this.#options.join === 'inner';
    for (let i = 0; i < count; i++) {
      const record = found[i] as number;
      if (record < 0) continue;
      const seen = words[record + 1] as number;
      if (inner && seen < round - 1) found[i] = -1;
      else if (seen !== round) {
        words[record + 1] = round;
        if (onFirst) onFirst(record);
      }
    }
  }

  async #each(party: number, use: (batch: KeyBatch, bytesRead: number) => void): Promise<void> {
    const { table } = this;
    const rows = this.#layout.rows.filter((one) => one.party === undefined || one.party === party);
    const wanted = {
      name: `input_data${party}`,
      party,
      key: this.#options.key,
      accumulators: this.#accumulators,
    };
    const reader = new RowReader(wanted, this.#options.format, (batch, bytesRead) => {
      use(batch, bytesRead);
      const { numbers } = table;
      for (const { offset } of rows) {
        for (let i = 0; i < batch.count; i++) {
          const record = batch.record[i] as number;
          if (record < 0) continue;
          const at = table.numbersOf(record) + offset;
          numbers[at] = (numbers[at] as number) + 1;
        }
      }
    });
    await reader.read(this.#inputs[party] as Input);
  }
}
