/** Finding columns in the header of a party's table. */
import { joinAggregateEntry } from '@gaiwan/catalogue/entries';
import { FunctionError } from '../refusal.ts';
import { quote } from '../text/quote.ts';

const DELIMITERS = joinAggregateEntry.arguments.delimiter.choices;

/** Why a name is not there: what the header has that looks like it. */
function hint(header: readonly string[], name: string, delimiter: string): string {
  const near = header.find((one) => one.trim().toLowerCase() === name.trim().toLowerCase());
  if (near !== undefined) return `; it has ${quote(near)}, which differs in blanks or case`;
  const [only = ''] = header;
  if (header.length > 1) return '';
  const other = DELIMITERS.find((one) => one !== delimiter && only.includes(one));
  if (other === undefined) return '';
  return `; it is one column, in which ${JSON.stringify(other)} may be the "delimiter"`;
}

/** The names of a table's columns. */
export class Columns {
  readonly names: readonly string[];
  readonly #delimiter: string;

  /** @throws FunctionError for the line `sep=;` of a spreadsheet */
  constructor(names: readonly string[], delimiter: string) {
    this.names = names;
    this.#delimiter = delimiter;
    const line = names.join(delimiter);
    if (/^sep=.?$/.test(line)) {
      throw new FunctionError(
        'invalid-input',
        'it is the line "sep=" of a spreadsheet, not the header: delete it, and say the "delimiter"',
      );
    }
  }

  /** Its number; -1 where it is not there and not `needed`. Throws `FunctionError` without the row. */
  find(name: string, needed: boolean): number {
    const { names } = this;
    const field = names.indexOf(name);
    if (field < 0 && needed) {
      throw new FunctionError(
        'invalid-input',
        `the header has no column ${JSON.stringify(name)}${hint(names, name, this.#delimiter)}`,
      );
    }
    if (field !== names.lastIndexOf(name))
      throw new FunctionError('invalid-input', `the header has two columns ${JSON.stringify(name)}`);
    return field;
  }

  /** Refuses `sum(1.rate)` where there is a column `1.rate`. */
  requireClear(ambiguous: readonly string[]): void {
    const both = ambiguous.find((name) => this.names.includes(name));
    if (both === undefined) return;
    const [party, ...rest] = both.split('.');
    throw new FunctionError(
      'invalid-arguments',
      `the header has a column ${quote(both)}: in "aggregates" write "${both}" for it, and ${party}."${rest.join('.')}" for the column of party ${party}, quotes included`,
    );
  }
}
