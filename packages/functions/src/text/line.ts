/** One line of numbers, carefully: what the fast way of `rows.ts` does not take, and every refusal. */
import { FunctionError } from '../refusal.ts';
import { floatFault, slowF64 } from './float-text.ts';
import { splitRecord } from './header.ts';
import type { Translate } from './number-text.ts';
import { nearestF32 } from './parse32.ts';

export interface FieldRules {
  /** Blanks around fields are dropped. */
  readonly trim?: boolean;
  /** Numbers are rounded to 32 bits (once). */
  readonly single?: boolean;
  /** NaN and infinities are refused. */
  readonly finite?: boolean;
  /** An empty field, one of blanks and NaN are missing values, and read as NaN, also where `finite` refuses the infinities. */
  readonly missing?: boolean;
  /** Refusals say row and column. */
  readonly locate?: boolean;
  /** Said where the first row is refused: what may be wrong with it alone. */
  readonly firstRow?: string;
  /** Between fields; a comma by default. */
  readonly delimiter?: string;
  /** Numbers are written in another way than with a point and without groups. */
  readonly translate?: Translate | undefined;
  /** Fields may be quoted. */
  readonly quotes?: boolean;
  /** The refusal of an empty field, where it has one of its own. */
  readonly emptyField?: string;
  /** Rows may have more fields than asked for; they must be numbers, and are dropped. */
  readonly more?: boolean;
}

/**
 * Says what is wrong: as the contract has it, or with the place. Rows are counted from 1, without the header. The
 * field itself is left out: who may read the result may be another party than the one that gave the data.
 */
function refuse(rules: FieldRules, row: number, column: number | undefined, text: string): never {
  if (!rules.locate) throw new FunctionError('invalid-input', text);
  const place = column === undefined ? `Row ${row + 1}` : `Row ${row + 1}, column ${column + 1}`;
  const hint = row === 0 && rules.firstRow !== undefined ? `. ${rules.firstRow}` : '';
  throw new FunctionError('invalid-input', `${place}: ${text}${hint}`);
}

/** Refuses a whole row. */
export const refuseRow = (rules: FieldRules, row: number, text: string): never =>
  refuse(rules, row, undefined, text);

function parseField(given: string, rules: FieldRules, row: number, column: number): number {
  if (rules.missing && given.trim() === '') return Number.NaN;
  // What cannot be translated is no number, whatever it looks like without.
  const field = given === '' || !rules.translate ? given : (rules.translate(given) ?? '?');
  if (field === '' && rules.emptyField !== undefined) refuse(rules, row, column, rules.emptyField);
  const fault = floatFault(field);
  if (fault !== undefined) refuse(rules, row, column, fault);
  const value = rules.single ? nearestF32(field) : slowF64(field);
  // Always with its place: the contract has no text for it.
  if (rules.missing && Number.isNaN(value)) return value;
  if (rules.finite && !Number.isFinite(value))
    refuse({ locate: true }, row, column, 'a finite number is wanted');
  return value;
}

/** Where the numbers of a line go: `values[base..base + columns]`. */
interface Place {
  readonly values: Float64Array;
  readonly base: number;
  readonly columns: number;
}

/** Parses `line` (UTF-8, without its line end); returns how many fields it has. Throws `FunctionError` with the row, where `rules` say so. */
export function parseLine(
  line: Uint8Array,
  { values, base, columns }: Place,
  rules: FieldRules,
  row: number,
): number {
  const text = Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString();
  const { delimiter = ',' } = rules;
  // A TAB that stands between columns is no blank.
  const isBlank = text === '' || (rules.trim && text.trim() === '' && !text.includes(delimiter));
  if (isBlank) refuse(rules, row, undefined, 'Empty line');
  const fields = (rules.quotes && splitRecord(text, delimiter)) || text.split(delimiter);
  if (rules.more ? fields.length < columns : fields.length !== columns) {
    refuse(rules, row, undefined, `Data format error: column len = ${fields.length}, expected = ${columns}`);
  }
  for (const [column, field] of fields.entries()) {
    const value = parseField(rules.trim ? field.trim() : field, rules, row, column);
    if (column < columns) values[base + column] = value;
  }
  return fields.length;
}
