/** Reading the rows of one party: keys and values, many at a time. */
import { recordBlocks } from '../csv/blocks.ts';
import { RecordReader } from '../csv/record.ts';
import type { Input } from '../function.ts';
import { KeyBatch } from '../keyed/key-batch.ts';
import type { Normalizer } from '../keyed/normalize.ts';
import { TraitSample } from '../keyed/traits.ts';
import { trimEnd, trimStart } from '../keyed/trim.ts';
import { FunctionError } from '../refusal.ts';
import { lineBlocks } from '../text/lines.ts';
import { openText } from '../text/open-text.ts';
import type { Accumulator } from './accumulator.ts';
import { Columns } from './columns.ts';
import { addKey, addTexts, keyTexts } from './keys.ts';

/** How the parties' tables are written. */
export interface TableFormat {
  /** `csv`: a header and rows (RFC 4180). `pairs`: `name : amount` lines. */
  readonly kind: 'csv' | 'pairs';
  readonly delimiter: string;
  /** What is done to keys before they are compared. */
  readonly normalize: Normalizer | undefined;
}

/** What is wanted of one party's table. */
export interface Wanted {
  readonly name: string;
  readonly party: number;
  readonly key: readonly string[];
  /** A column whose texts are wanted beside the keys. */
  readonly individual: string | undefined;
  readonly accumulators: readonly Accumulator[];
  /** Names that must not be columns, as it would not be clear what is meant by them. */
  readonly ambiguous: readonly string[];
}

interface Value {
  readonly field: number;
  readonly accumulator: Accumulator;
}

/** Takes a batch of rows: their keys, and the texts of the individuals' column by row, where that is wanted. */
export type UseBatch = (batch: KeyBatch, bytesRead: number, individuals: readonly string[]) => void;

const PAIR = ['name', 'amount'];

/** Reads rows into batches; a batch is passed to `use` when it is full, and at the end. */
export class RowReader {
  /** Rows without the header, and without blank lines. */
  rows = 0;
  blank = 0;
  /** Rows whose key has an empty part; they are left out. */
  emptyKeys = 0;
  readonly sample = new TraitSample();
  readonly #wanted: Wanted;
  readonly #format: TableFormat;
  readonly #pairs: boolean;
  readonly #reader: RecordReader;
  readonly #use: UseBatch;
  readonly #batch = new KeyBatch();
  readonly #individuals: string[] = [];
  #columns = 0;
  #names: readonly string[] = [];
  #keyFields: readonly number[] = [];
  #individualField = -1;
  #values: readonly Value[] = [];
  /** Rows so far; the header is one, and blank lines are. */
  #row = 0;
  #bytesRead = 0;

  constructor(wanted: Wanted, format: TableFormat, use: UseBatch) {
    this.#wanted = wanted;
    this.#format = format;
    this.#pairs = format.kind === 'pairs';
    this.#reader = new RecordReader(this.#pairs ? ':' : format.delimiter, { quotes: !this.#pairs });
    this.#use = use;
    if (this.#pairs) this.#takeHeader(PAIR);
  }

  /** Those that the table has a column for, once its header was read. */
  get accumulators(): readonly Accumulator[] {
    return this.#values.map(({ accumulator }) => accumulator);
  }

  /** Reads the whole input. Throws `FunctionError` with row and column. */
  async read(input: Input): Promise<void> {
    const { name } = this.#wanted;
    const text = openText(input, { name, quotes: !this.#pairs });
    for await (const block of this.#pairs ? lineBlocks(text) : recordBlocks(text)) {
      try {
        this.#readBlock(block);
      } catch (error) {
        if (!(error instanceof FunctionError)) throw error;
        throw new FunctionError(error.code, `Row ${this.#row} of ${name}: ${error.message}.`, {
          cause: error,
        });
      }
      this.#bytesRead += block.length;
    }
    if (this.#columns === 0) {
      throw new FunctionError(
        'invalid-input',
        `${name} is empty: its first row must be a header with the names of the columns.`,
      );
    }
    this.#flush(this.#bytesRead);
  }

  #readBlock(block: Uint8Array): void {
    const reader = this.#reader;
    reader.open(block);
    for (let position = this.#columns === 0 ? this.#readHeader() : 0; position < block.length; ) {
      this.#row++;
      position = reader.read(position);
      if (reader.isEmpty) {
        this.blank++;
        continue;
      }
      if (reader.count !== this.#columns) {
        throw new FunctionError(
          'invalid-input',
          this.#pairs
            ? 'it is not of the form `name : amount`'
            : `it has ${reader.count} columns, the header has ${this.#columns}`,
        );
      }
      if (this.#pairs) this.#trim();
      this.rows++;
      this.#takeRow();
      if (this.#batch.isFull) this.#flush(this.#bytesRead + position);
    }
  }

  #takeRow(): void {
    const reader = this.#reader;
    const row = this.#batch.count;
    if (!this.#takeKey()) {
      this.emptyKeys++;
      return;
    }
    for (const { field, accumulator } of this.#values) {
      try {
        const start = trimStart(reader.block, reader.startOf(field), reader.endOf(field));
        accumulator.read(reader.block, start, trimEnd(reader.block, start, reader.endOf(field)), row);
      } catch (error) {
        if (!(error instanceof FunctionError)) throw error;
        const column = JSON.stringify(this.#names[field]);
        throw new FunctionError(error.code, `column ${column}: ${error.message}`, { cause: error });
      }
    }
    if (this.#individualField < 0) return;
    const individual = reader.text(this.#individualField);
    this.#individuals.push(this.#format.normalize?.(individual) ?? individual);
  }

  #takeKey(): boolean {
    const { normalize } = this.#format;
    const fields = this.#keyFields;
    if (normalize || !this.sample.isFull) {
      const texts = keyTexts(this.#reader, fields, normalize);
      if (!texts) return false;
      for (const text of texts) this.sample.note(text);
      if (normalize) {
        addTexts(this.#batch, texts);
        return true;
      }
    }
    return addKey(this.#batch, this.#reader, fields);
  }

  #trim(): void {
    const reader = this.#reader;
    for (let field = 0; field < reader.count; field++) {
      const start = trimStart(reader.block, reader.startOf(field), reader.endOf(field));
      reader.narrow(field, start, trimEnd(reader.block, start, reader.endOf(field)));
    }
  }

  #readHeader(): number {
    const reader = this.#reader;
    this.#row = 1;
    const next = reader.read(0);
    this.#takeHeader(Array.from({ length: reader.count }, (_, field) => reader.text(field)));
    return next;
  }

  #takeHeader(names: readonly string[]): void {
    const { key, accumulators, party, individual, ambiguous } = this.#wanted;
    const columns = new Columns(names, this.#format.delimiter);
    columns.requireClear(ambiguous);
    this.#names = names;
    this.#columns = names.length;
    this.#keyFields = key.map((column) => columns.find(column, true));
    if (individual !== undefined) this.#individualField = columns.find(individual, true);
    this.#values = accumulators.flatMap((accumulator) => {
      const { measure } = accumulator;
      if (measure.party !== undefined && measure.party !== party) return [];
      const field = columns.find(measure.column, measure.party === party);
      if (field < 0) return [];
      accumulator.found = true;
      return [{ field, accumulator }];
    });
  }

  #flush(bytesRead: number): void {
    const batch = this.#batch;
    if (batch.count === 0) return;
    this.#use(batch, bytesRead, this.#individuals);
    for (const { accumulator } of this.#values) accumulator.add(batch);
    batch.clear();
    this.#individuals.length = 0;
  }
}
