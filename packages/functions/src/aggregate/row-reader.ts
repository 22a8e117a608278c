/** Reading the rows of one party: keys and values, many at a time. */
import { recordBlocks } from '../csv/blocks.ts';
import { RecordReader } from '../csv/record.ts';
import type { Input } from '../function.ts';
import { KeyBatch } from '../keyed/key-batch.ts';
import { trimEnd, trimStart } from '../keyed/trim.ts';
import { requireUtf8 } from '../keyed/utf8.ts';
import { FunctionError } from '../refusal.ts';
import { lineBlocks } from '../text/lines.ts';
import type { Accumulator } from './accumulator.ts';
import { addKey } from './keys.ts';

/** How the parties' tables are written. */
export interface TableFormat {
  /** `csv`: a header and rows (RFC 4180). `pairs`: `name : amount` lines. */
  readonly kind: 'csv' | 'pairs';
  readonly delimiter: string;
}

/** What is wanted of one party's table. */
export interface Wanted {
  readonly name: string;
  readonly party: number;
  readonly key: readonly string[];
  readonly accumulators: readonly Accumulator[];
}

interface Value {
  readonly field: number;
  readonly accumulator: Accumulator;
}

const PAIR = ['name', 'amount'];

/** Reads rows into batches; a batch is passed to `use` when it is full, and at the end. */
export class RowReader {
  readonly #wanted: Wanted;
  readonly #pairs: boolean;
  readonly #reader: RecordReader;
  readonly #use: (batch: KeyBatch, bytesRead: number) => void;
  readonly #batch = new KeyBatch();
  #header: readonly string[];
  #keyFields: readonly number[] = [];
  #values: readonly Value[] = [];
  /** Rows so far; the header is one. */
  #row = 0;
  #bytesRead = 0;

  constructor(wanted: Wanted, format: TableFormat, use: (batch: KeyBatch, bytesRead: number) => void) {
    this.#wanted = wanted;
    this.#pairs = format.kind === 'pairs';
    this.#reader = new RecordReader(this.#pairs ? ':' : format.delimiter, { quotes: !this.#pairs });
    this.#use = use;
    this.#header = [];
    if (this.#pairs) this.#takeHeader(PAIR);
  }

  /** Reads the whole input. Throws `FunctionError` with row and column. */
  async read(input: Input): Promise<void> {
    const { name } = this.#wanted;
    for await (const block of this.#pairs ? lineBlocks(input) : recordBlocks(input)) {
      try {
        requireUtf8(block, this.#bytesRead);
        this.#readBlock(block);
      } catch (error) {
        if (!(error instanceof FunctionError)) throw error;
        throw new FunctionError(error.code, `Row ${this.#row} of ${name}: ${error.message}.`, {
          cause: error,
        });
      }
      this.#bytesRead += block.length;
    }
    if (this.#header.length === 0) {
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
    for (let position = this.#header.length === 0 ? this.#readHeader() : 0; position < block.length; ) {
      this.#row++;
      position = reader.read(position);
      if (reader.isEmpty) continue;
      if (reader.count !== this.#header.length) {
        throw new FunctionError(
          'invalid-input',
          this.#pairs
            ? 'it is not of the form `name : amount`'
            : `it has ${reader.count} columns, the header has ${this.#header.length}`,
        );
      }
      if (this.#pairs) this.#trim();
      this.#takeRow();
      if (this.#batch.isFull) this.#flush(this.#bytesRead + position);
    }
  }

  #takeRow(): void {
    const reader = this.#reader;
    const batch = this.#batch;
    for (const { field, accumulator } of this.#values) {
      try {
        accumulator.read(reader.block, reader.startOf(field), reader.endOf(field), batch.count);
      } catch (error) {
        if (!(error instanceof FunctionError)) throw error;
        const column = JSON.stringify(this.#header[field]);
        throw new FunctionError(error.code, `column ${column}: ${error.message}`, { cause: error });
      }
    }
    addKey(batch, reader, this.#keyFields);
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
    const { block } = reader;
    this.#row = 1;
    // A byte order mark, as Excel writes.
    const start = block[0] === 0xef && block[1] === 0xbb && block[2] === 0xbf ? 3 : 0;
    const next = reader.read(start);
    this.#takeHeader(Array.from({ length: reader.count }, (_, field) => reader.text(field)));
    return next;
  }

  #takeHeader(header: readonly string[]): void {
    const { key, accumulators, party } = this.#wanted;
    const find = (column: string, needed: boolean): number => {
      const field = header.indexOf(column);
      const name = JSON.stringify(column);
      if (field < 0 && needed) throw new FunctionError('invalid-input', `the header has no column ${name}`);
      if (field !== header.lastIndexOf(column))
        throw new FunctionError('invalid-input', `the header has two columns ${name}`);
      return field;
    };
    this.#header = header;
    this.#keyFields = key.map((column) => find(column, true));
    this.#values = accumulators.flatMap((accumulator) => {
      const { measure } = accumulator;
      if (measure.party !== undefined && measure.party !== party) return [];
      const field = find(measure.column, measure.party === party);
      if (field < 0) return [];
      accumulator.found = true;
      return [{ field, accumulator }];
    });
  }

  #flush(bytesRead: number): void {
    const batch = this.#batch;
    if (batch.count === 0) return;
    this.#use(batch, bytesRead);
    for (const { accumulator } of this.#values) accumulator.add(batch);
    batch.clear();
  }
}
