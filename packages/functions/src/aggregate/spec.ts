/** What is to be computed: reading the argument `aggregates`. */
import { FunctionError } from '../refusal.ts';

/** What is computed of the values of a column. */
const OF_VALUES = ['sum', 'mean', 'min', 'max', 'count'] as const;

export type Aggregation = (typeof OF_VALUES)[number] | 'rows';

export interface Aggregate {
  /** As the argument says; the name of the output's column. */
  readonly text: string;
  readonly aggregation: Aggregation;
  /** Whose rows; undefined: those of all parties. */
  readonly party: number | undefined;
  /** undefined for `rows`. */
  readonly column: string | undefined;
  /** Where `1.rate` may be the column `rate` of party 1 or the column of that name: the latter. */
  readonly ambiguous: string | undefined;
}

/** How a sum and the like are written: `sum(COLUMN)`, `sum(PARTY.COLUMN)`, `sum("COLUMN")`, `sum(PARTY."COLUMN")`. */
const FORM = /^(sum|mean|min|max|count)\((?:(\d{1,4})\.)?(?:"((?:[^"]|"")+)"|([^"].*))\)$/s;
const ROWS = /^rows(?:\((\d{1,4})\))?$/;

const shown = (text: string): string => JSON.stringify(text.slice(0, 80));

/**
 * Reads one: `sum(COLUMN)` over all parties that have the column, `sum(PARTY.COLUMN)` over one's rows; likewise mean,
 * min, max and count; `rows` or `rows(PARTY)`. A column's name may be quoted, with quotes in it doubled. Throws `FunctionError`.
 */
export function parseAggregate(text: string, parties: number): Aggregate {
  const [, word, number, quoted, plain] = FORM.exec(text) ?? [];
  const aggregation = OF_VALUES.find((one) => one === word);
  const rows = aggregation === undefined ? ROWS.exec(text) : null;
  if (aggregation === undefined && !rows) {
    throw new FunctionError(
      'invalid-arguments',
      `The argument "aggregates" has ${shown(text)}; write sum(COLUMN), sum(PARTY.COLUMN) (or mean, min, max, count), rows or rows(PARTY). A column may be quoted: sum("COLUMN").`,
    );
  }
  const given = number ?? rows?.[1];
  const party = given === undefined ? undefined : Number(given);
  const ambiguous = number !== undefined && plain !== undefined ? `${number}.${plain}` : undefined;
  if (party !== undefined && party >= parties) {
    const remedy =
      ambiguous === undefined
        ? ''
        : ` For the column ${shown(ambiguous)}, quote its name: ${word}("${ambiguous}").`;
    throw new FunctionError(
      'invalid-arguments',
      `The argument "aggregates" has ${shown(text)}, but parties go from 0 to ${parties - 1}.${remedy}`,
    );
  }
  const column = quoted?.replaceAll('""', '"') ?? plain;
  return { text, aggregation: aggregation ?? 'rows', party, column, ambiguous };
}
