/** Opening a table by what the argument `format` says of it. */
import { arrowKind, openArrow } from '../arrow/open.ts';
import type { CsvForm } from '../columns/csv.ts';
import type { Meaning } from '../columns/meaning.ts';
import { readTail } from '../columns/tail.ts';
import type { Input } from '../function.ts';
import { openParquet } from '../parquet/open.ts';
import { FunctionError } from '../refusal.ts';
import { describeOther } from '../text/encodings.ts';

/** What the argument `format` says of all tables. */
export type Asked = 'parquet' | 'arrow' | 'either';

export const isAsked = (format: unknown): format is Asked =>
  format === 'parquet' || format === 'arrow' || format === 'either';

/** What is wanted of a table, whatever it is. */
export interface TableForm extends CsvForm {
  /** Of a list: the column of the items. */
  readonly column: string | undefined;
}

export interface OpenedTable {
  /** What it was read as. */
  readonly format: 'parquet' | 'arrow' | 'text';
  /** The table as text. */
  readonly input: Input;
  /** Those of a text are not known. */
  readonly columns: readonly { readonly name: string; readonly meaning: Meaning }[];
}

const NO_MARKS = {
  parquet: 'no Parquet file',
  arrow: 'neither an Arrow IPC file nor a stream of one',
} as const;

const MARKS = {
  parquet: 'it has not the mark PAR1 at both ends',
  arrow: 'it begins neither with the mark ARROW1 nor with that of a message',
} as const;

/** @throws FunctionError for what is no such file, is damaged or outside of the limits */
export async function openTable(input: Input, asked: Asked, form: TableForm): Promise<OpenedTable> {
  const parquet = asked === 'arrow' ? undefined : await openParquet(input, form);
  if (parquet?.table) return { format: 'parquet', input: parquet.table, columns: parquet.columns };
  const head = parquet?.head ?? (await readTail(input, 0, () => false)).head;
  const kind = arrowKind(head);
  // The four bytes that a stream begins with are no mark: only the argument says what they are.
  if (kind && (asked === 'arrow' || (asked === 'either' && kind === 'file'))) {
    const opened = await openArrow(input, kind, form);
    return { format: 'arrow', input: opened.table, columns: opened.columns };
  }
  if (asked === 'either') return { format: 'text', input, columns: [] };
  throw new FunctionError(
    'invalid-input',
    `${form.name} is ${NO_MARKS[asked]}: ${describeOther(head) ?? MARKS[asked]}. With "format": "either" each table is read by its marks.`,
  );
}
