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
}

/** How a sum and the like are written: `sum(COLUMN)`, `sum(PARTY.COLUMN)`. */
const FORM = /^(sum|mean|min|max|count)\((?:(\d{1,4})\.)?(.+)\)$/s;
const ROWS = /^rows(?:\((\d{1,4})\))?$/;

/**
 * Reads one: `sum(COLUMN)` over all parties that have the column, `sum(PARTY.COLUMN)` over one's rows; likewise mean,
 * min, max and count; `rows` or `rows(PARTY)`. Throws `FunctionError`.
 */
export function parseAggregate(text: string, parties: number): Aggregate {
  const [, word, number, column] = FORM.exec(text) ?? [];
  const aggregation = OF_VALUES.find((one) => one === word);
  const rows = aggregation === undefined ? ROWS.exec(text) : null;
  if (aggregation === undefined && !rows) {
    throw new FunctionError(
      'invalid-arguments',
      `The argument "aggregates" has ${JSON.stringify(text.slice(0, 80))}; write sum(COLUMN), sum(PARTY.COLUMN) (or mean, min, max, count), rows or rows(PARTY).`,
    );
  }
  const given = number ?? rows?.[1];
  const party = given === undefined ? undefined : Number(given);
  if (party !== undefined && party >= parties) {
    throw new FunctionError(
      'invalid-arguments',
      `The argument "aggregates" has ${JSON.stringify(text.slice(0, 80))}, but parties go from 0 to ${parties - 1}.`,
    );
  }
  return { text, aggregation: aggregation ?? 'rows', party, column };
}
