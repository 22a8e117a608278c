/** Rows of a table for a model: numbers where they are enough, else the texts of cells. */
import type { Input } from '../function.ts';
import { limits } from '../limits.ts';
import { FunctionError } from '../refusal.ts';
import { headerHint } from '../tables/header-hint.ts';
import { isBlankLine, records } from '../tables/records.ts';
import { requireUnique } from '../text/header.ts';
import { rowBatches } from '../text/rows.ts';
import type { Cell } from './cells.ts';

export interface TableFormat {
  readonly header: boolean;
  /** Without a header: how many there must be. */
  readonly columns: number | undefined;
  /** Whether the texts of cells are wanted, not their numbers. */
  readonly texts: boolean;
}

/** Some rows, one after the other. Valid until the next one is asked for. */
export interface CellBatch {
  readonly cells: ArrayLike<Cell>;
  readonly rows: number;
  readonly columns: number;
  readonly names: readonly string[] | undefined;
  /** Number of the first row, from 0. */
  readonly first: number;
}

const TEXT_COLUMNS = limits.tableColumns.value;

/** Most columns of a table whose texts are read. */
export const canReadTexts = (columns: number): boolean => columns <= TEXT_COLUMNS;

async function* numberRows(input: Input, { header, columns }: TableFormat): AsyncGenerator<CellBatch> {
  const rules = { trim: true, locate: true, finite: true, missing: true, ...headerHint(header) };
  const format = columns === undefined ? rules : { ...rules, columns };
  const rows = rowBatches(input, { ...format, header, name: 'data_file' });
  for await (const { values, rows: count, columns: width, names, first } of rows)
    yield { cells: values, rows: count, columns: width, names, first };
}

async function* textRows(input: Input, { header, columns }: TableFormat): AsyncGenerator<CellBatch> {
  let names: readonly string[] | undefined;
  let width = columns;
  let first = 0;
  let blank = false;
  for await (const fields of records(input, ',', header)) {
    if (header && !names) {
      requireUnique(fields);
      names = fields;
      width = fields.length;
      yield { cells: [], rows: 0, columns: width, names, first };
      continue;
    }
    // Spreadsheets leave blank lines at the end; elsewhere they are refused, as in tables of numbers.
    if (isBlankLine(fields)) {
      blank = true;
      continue;
    }
    if (blank) throw new FunctionError('invalid-input', `Row ${first + 1}: Empty line`);
    if (fields.length !== (width ?? fields.length)) {
      throw new FunctionError(
        'invalid-input',
        `Row ${first + 1}: Data format error: column len = ${fields.length}, expected = ${width}`,
      );
    }
    yield { cells: fields, rows: 1, columns: fields.length, names, first };
    first++;
  }
  if (header && !names) {
    throw new FunctionError(
      'invalid-input',
      'The input is empty: a header with the names of the columns is wanted.',
    );
  }
}

/**
 * The rows; with a header at least one batch, which may have none. Memory: one batch.
 *
 * @throws FunctionError "invalid-input" with the row for what is no such table
 */
export const cellBatches = (input: Input, format: TableFormat): AsyncGenerator<CellBatch> =>
  format.texts ? textRows(input, format) : numberRows(input, format);
