/** The cells of one column of a row group, one after the other. */
import { type CellText, cellText } from '../columns/cells.ts';
import type { Cells, WriteCell } from '../columns/csv.ts';
import { broken } from '../columns/place.ts';
import type { Chunk } from './footer.ts';
import { type Page, Pages } from './pages.ts';
import type { Column } from './schema.ts';

const NO_PAGE: Page = { rows: 0, present: undefined, values: [], indexes: undefined };

export class ColumnCursor implements Cells {
  readonly #pages: Pages;
  readonly #text: CellText;
  readonly #cell: WriteCell;
  readonly #missing: string;
  /** By value of the dictionary. */
  #written: (string | undefined)[] = [];
  #page = NO_PAGE;
  #row = 0;
  /** Values of the page that were given out. */
  #value = 0;

  /** `bytes`: of the chunk; `rows`: of the row group. */
  constructor(
    column: Column,
    { codec }: Chunk,
    bytes: Uint8Array,
    { rows, cell }: { readonly rows: number; readonly cell: WriteCell },
  ) {
    this.#pages = new Pages(column, codec, bytes, rows);
    this.#text = cellText(column);
    this.#cell = cell;
    this.#missing = cell(undefined);
  }

  next(): string {
    if (this.#row === this.#page.rows) {
      this.#page = this.#pages.next();
      this.#row = 0;
      this.#value = 0;
    }
    const { present, values, indexes } = this.#page;
    const row = this.#row++;
    if (present?.[row] === 0) return this.#missing;
    const at = this.#value++;
    if (!indexes) return this.#cell(this.#textOf(values, at));
    return this.#ofDictionary(values, indexes[at] ?? broken('a page lacks a value'));
  }

  end(): void {
    this.#pages.end();
  }

  #ofDictionary(values: Page['values'], index: number): string {
    let written = this.#written[index];
    if (written === undefined) {
      written = this.#cell(this.#textOf(values, index));
      this.#written[index] = written;
    }
    return written;
  }

  #textOf(values: Page['values'], at: number): string | undefined {
    return this.#text(values[at] ?? broken('a page lacks a value'));
  }
}
