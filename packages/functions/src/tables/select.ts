/** Some columns of a table, by name. */
import type { Input } from '../function.ts';
import { FunctionError } from '../refusal.ts';
import { joinRecord } from '../text/record-text.ts';
import { csvInput, isBlankLine, placesOf, records, requireWidth } from './records.ts';

/** Some fields of a record. A single empty one is a value that is missing, and no blank line. */
function pick(fields: readonly string[], places: readonly number[]): string {
  return joinRecord(places.map((place) => fields[place] ?? '')) || '""';
}

/**
 * The input with these columns alone, in this order: the others may hold anything. Refusals count columns among these.
 *
 * @throws FunctionError while it is read, for a column that is not there and for what is no CSV
 */
function selectColumns(input: Input, names: readonly string[], delimiter: string): Input {
  return csvInput(async function* () {
    let places: readonly number[] | undefined;
    let columns = 0;
    let row = 0;
    for await (const fields of records(input, delimiter)) {
      // The reader of numbers skips it, or refuses what comes after it.
      if (places && isBlankLine(fields)) {
        yield joinRecord(fields);
        continue;
      }
      places ??= placesOf(fields, names);
      columns ||= fields.length;
      requireWidth(fields, columns, row++);
      yield pick(fields, places);
    }
  });
}

interface Written {
  readonly header: boolean;
  /** A comma unless it says otherwise; what is selected always stands between commas. */
  readonly delimiter?: string;
}

/**
 * The input's columns that the argument `columns` names, all of them where it is not given.
 *
 * @throws FunctionError `invalid-arguments` where they cannot be told by name
 */
export function selected(
  input: Input,
  columns: readonly string[] | undefined,
  { header, delimiter = ',' }: Written,
): Input {
  if (columns === undefined) return input;
  if (!header) {
    throw new FunctionError('invalid-arguments', 'The argument "columns" names columns: it needs "header".');
  }
  if (columns.length === 0 || new Set(columns).size !== columns.length) {
    throw new FunctionError(
      'invalid-arguments',
      'The argument "columns" must have names, each of them once.',
    );
  }
  return selectColumns(input, columns, delimiter);
}
