/** Rows of texts on their way into a file: collected as values until they are worth a row group or a record batch. */
import { quote } from '../text/quote.ts';
import type { Meaning } from './meaning.ts';
import { type Parse, parserOf } from './parse.ts';
import { within } from './place.ts';

/** Cells that are in memory at once, about. */
const CELLS = 1 << 20;
const MOST_ROWS = 100_000;
/** Characters of their texts. */
const TEXT = 64 << 20;

/** A value; `null`: it is missing. */
export type Value = ReturnType<Parse> | null;

/** A column that is written. */
export interface WrittenColumn {
  readonly name: string;
  readonly meaning: Meaning;
}

/** Writes rows of values as a file, in parts. */
export interface PartWriter {
  /** `values`: by column, `rows` of each. */
  write(values: readonly (readonly Value[])[], rows: number): Promise<void>;
  /** Writes what comes after the last part. */
  close(): Promise<void>;
}

export class RowCollector {
  readonly #columns: readonly WrittenColumn[];
  readonly #parsers: readonly Parse[];
  readonly #name: string;
  readonly #writer: PartWriter;
  #values: Value[][];
  #rows = 0;
  #text = 0;

  /** `name`: of the slot, for refusals. */
  constructor(name: string, columns: readonly WrittenColumn[], writer: PartWriter) {
    this.#name = name;
    this.#columns = columns;
    this.#parsers = columns.map(({ meaning }) => parserOf(meaning));
    this.#writer = writer;
    this.#values = columns.map(() => []);
  }

  /** An empty text is a value that is missing. Returns whether `flush` is due. @throws FunctionError with the column, for a text that is none of its type */
  add(row: readonly string[]): boolean {
    let column = 0;
    within(
      () => `${this.#name}, column ${quote(this.#columns[column]?.name ?? '')}`,
      () => {
        for (; column < this.#parsers.length; column++) {
          const text = row[column] ?? '';
          this.#text += text.length;
          this.#values[column]?.push(text === '' ? null : (this.#parsers[column]?.(text) ?? null));
        }
      },
    );
    this.#rows++;
    return this.#rows === MOST_ROWS || this.#rows * this.#columns.length >= CELLS || this.#text >= TEXT;
  }

  /** Writes a part of what was added. */
  async flush(): Promise<void> {
    if (this.#rows === 0) return;
    await this.#writer.write(this.#values, this.#rows);
    this.#values = this.#columns.map(() => []);
    this.#rows = 0;
    this.#text = 0;
  }

  /** Writes what is left and the end of the file. */
  async close(): Promise<void> {
    await this.flush();
    await this.#writer.close();
  }
}
