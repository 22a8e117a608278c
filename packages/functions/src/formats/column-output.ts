/** An output that takes CSV and gives Parquet or Arrow IPC. */
import { ArrowPartWriter } from '../arrow/write.ts';
import type { Meaning } from '../columns/meaning.ts';
import { type PartWriter, RowCollector, type WrittenColumn } from '../columns/rows.ts';
import { recordBlocks } from '../csv/blocks.ts';
import { RecordReader } from '../csv/record.ts';
import type { Output } from '../function.ts';
import { limits } from '../limits.ts';
import { writtenMeaning } from '../parquet/element.ts';
import { ParquetPartWriter } from '../parquet/write.ts';
import { FunctionError } from '../refusal.ts';
import { quote } from '../text/quote.ts';
import type { WrittenTable, WrittenType } from './written-tables.ts';

const MOST = limits.columnOutput.value;
const MOST_DIGITS = 38;

/** What a result can be written as, beside CSV: its name, and what writes it. */
interface ResultFormat {
  readonly name: string;
  /** With its article. */
  readonly file: string;
  readonly meaning: (meaning: Meaning) => Meaning;
  readonly open: (columns: readonly WrittenColumn[], output: Output) => PartWriter;
}

const resultFormats = {
  parquet: {
    name: 'Parquet',
    file: 'a Parquet file',
    meaning: writtenMeaning,
    open: (columns, output) => new ParquetPartWriter(columns, output),
  },
  arrow: {
    name: 'Arrow',
    file: 'an Arrow file',
    meaning: (meaning) => meaning,
    open: (columns, output) => new ArrowPartWriter(columns, output),
  },
} as const satisfies Readonly<Record<string, ResultFormat>>;

export type ColumnFormat = keyof typeof resultFormats;

export const isColumnFormat = (format: unknown): format is ColumnFormat =>
  format === 'parquet' || format === 'arrow';

export interface OutputForm {
  readonly format: ColumnFormat;
  /** The slot, for refusals. */
  readonly name: string;
  readonly delimiter: string;
  readonly table: WrittenTable;
  /** What a column means in the inputs. */
  readonly meaningOf: (column: string) => Meaning;
}

/** Decimals of a column. */
class Digits {
  whole = 1;
  scale = 0;

  add(text: string): void {
    const point = text.indexOf('.');
    const end = point < 0 ? text.length : point;
    this.whole = Math.max(this.whole, end - (text.startsWith('-') ? 1 : 0));
    if (point >= 0) this.scale = Math.max(this.scale, text.length - point - 1);
  }
}

/** Keeps what the function writes until it is complete: the decimals of a column are known then. Memory: that text. */
export class ColumnOutput implements Output {
  readonly #output: Output;
  readonly #form: OutputForm;
  readonly #format: ResultFormat;
  readonly #chunks: Uint8Array[] = [];
  #size = 0;

  constructor(output: Output, form: OutputForm) {
    this.#output = output;
    this.#form = form;
    this.#format = resultFormats[form.format];
  }

  write(chunk: Uint8Array): void {
    this.#size += chunk.length;
    if (this.#size > MOST) {
      throw new FunctionError(
        'too-large',
        `${this.#form.name} has more than ${MOST >> 20} MiB, which is the most that is written as ${this.#format.name}. Give "result_format": "csv".`,
      );
    }
    this.#chunks.push(chunk);
  }

  async close(): Promise<void> {
    const { name } = this.#form;
    const columns = await this.#columns();
    const writer = new RowCollector(name, columns, this.#format.open(columns, this.#output));
    for await (const row of this.#rows()) if (writer.add(row)) await writer.flush();
    await writer.close();
  }

  /** The rows, without a header. */
  async *#rows(): AsyncGenerator<readonly string[], void, void> {
    let first = this.#form.table.header;
    for await (const record of this.#records()) {
      if (!first) yield record;
      first = false;
    }
  }

  async *#records(): AsyncGenerator<readonly string[], void, void> {
    const reader = new RecordReader(this.#form.delimiter);
    for await (const block of recordBlocks({ chunks: () => this.#chunks })) {
      reader.open(block);
      for (let at = 0; at < block.length; ) {
        at = reader.read(at);
        yield Array.from({ length: reader.count }, (_, field) => reader.text(field));
      }
    }
  }

  async #columns(): Promise<readonly WrittenColumn[]> {
    const { table } = this.#form;
    const names = await this.#names();
    const types = names.map((name, place) => table.typeOf(name, place));
    const digits = names.map(() => new Digits());
    if (types.includes('decimal')) {
      for await (const row of this.#rows()) {
        for (const [i, type] of types.entries()) if (type === 'decimal') digits[i]?.add(row[i] ?? '');
      }
    }
    return names.map((name, i) => ({
      name,
      meaning: this.#format.meaning(this.#meaning(name, types[i] ?? 'as read', digits[i] ?? new Digits())),
    }));
  }

  #meaning(name: string, type: WrittenType, digits: Digits): Meaning {
    if (type === 'as read') return this.#form.meaningOf(name);
    if (type === 'integer') return { kind: 'integer', bits: 64, signed: true };
    return type === 'double' ? { kind: 'double' } : this.#decimal(name, digits);
  }

  #decimal(column: string, { whole, scale }: Digits): Meaning {
    if (whole + scale <= MOST_DIGITS) return { kind: 'decimal', precision: MOST_DIGITS, scale };
    throw new FunctionError(
      'too-large',
      `${this.#form.name}: the column ${quote(column)} has numbers of more than ${MOST_DIGITS} digits, which decimals in ${this.#format.name} do not have. Give "result_format": "csv".`,
    );
  }

  async #names(): Promise<readonly string[]> {
    const { table, name } = this.#form;
    for await (const record of this.#records()) {
      if (table.header) return record;
      if (table.name === '') break;
      return record.length === 1 ? [table.name] : record.map((_, i) => `${table.name}${i + 1}`);
    }
    if (table.name !== '') return [table.name];
    throw new FunctionError(
      'invalid-arguments',
      `The columns of ${name} have no names, and ${this.#format.file} wants them: give "header": true.`,
    );
  }
}
