/** The keys of several parties in one table, joined. */
import type { Input } from '../function.ts';
import { KeyTable } from '../kernels/keyed/key-table.ts';
import { reserveForInput } from '../kernels/keyed/reserve.ts';
import { limits } from '../limits.ts';
import type { KeyBatch } from './key-batch.ts';
import { chooseKeptInput, roundsOf } from './rounds.ts';

/** Takes a batch of keys, after `bytesRead` bytes of the input. */
export type TakeBatch = (batch: KeyBatch, bytesRead: number) => void;

/** One input to be read: its number, the round that it is read in, and what takes its keys. */
export interface Reading {
  readonly number: number;
  readonly round: number;
  readonly take: TakeBatch;
}

/** Reads an input to its end, batch by batch. */
export type ReadBatches = (input: Input, reading: Reading) => Promise<void>;

export interface JoinSettings {
  /** `inner`: keys that all parties have; `left`: all keys of the first party. */
  readonly join: 'inner' | 'left';
  /** Numbers that each key has in the table. */
  readonly width: number;
}

/** Reads every input once, and keeps the keys of one. */
export class JoinedKeys {
  readonly table: KeyTable;
  /** The number of the input whose keys are kept. */
  readonly kept: number;
  readonly #inputs: readonly Input[];
  readonly #inner: boolean;
  /** Where the first input's keys are not those that were kept: in its order. */
  #met: number[] | undefined;

  constructor(inputs: readonly Input[], { join, width }: JoinSettings) {
    this.#inputs = inputs;
    this.#inner = join === 'inner';
    this.kept = this.#inner ? chooseKeptInput(inputs) : 0;
    this.table = new KeyTable(width);
  }

  /**
   * Reads all inputs. A batch has its records once `readBatches` gets it back: of an inner join -1 for a key that an earlier round lacks.
   */
  async read(readBatches: ReadBatches): Promise<void> {
    const { table } = this;
    const inner = this.#inner;
    const { kept } = this;
    const met: number[] = [];
    if (kept !== 0) this.#met = met;
    for (const { round, number, input } of roundsOf(this.#inputs, kept)) {
      const onFirst = number === 0 && kept !== 0 ? (record: number) => void met.push(record) : undefined;
      const take: TakeBatch = (batch, bytesRead) => {
        if (round === 1) {
          reserveForInput(table, batch, { bytesRead, size: input.size }, limits.guessedKeys.value);
          table.intern(batch);
        } else table.find(batch);
        table.mark(batch, round, inner, onFirst);
      };
      await readBatches(input, { number, round, take });
    }
  }

  /** The joined keys' records, in the order of the first input. */
  records(): Int32Array {
    if (!this.#inner) return this.table.recordsAt();
    if (!this.#met) return this.table.recordsAt(this.#inputs.length);
    return Int32Array.from(this.#met.filter((record) => this.isCommon(record)));
  }

  /** Whether all inputs have the key. */
  isCommon(record: number): boolean {
    return this.table.round(record) === this.#inputs.length;
  }
}
