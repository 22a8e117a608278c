/** What a query of the audit log says, once it is read. */

export const textFields = ['message', 'user', 'subject'] as const;
export const fields = [...textFields, 'ip', 'date', 'result'] as const;
export type TextField = (typeof textFields)[number];
export type Field = (typeof fields)[number];

export interface Bound {
  readonly value: string;
  readonly inclusive: boolean;
}

export interface Term {
  readonly kind: 'term';
  readonly field: Field;
  readonly value: string;
  /** Of a phrase: other words that may stand between its own. */
  readonly slop: number;
}

export interface Range {
  readonly kind: 'range';
  readonly field: Field;
  /** Absent: open on this side. */
  readonly lower?: Bound;
  readonly upper?: Bound;
}

export interface Clause {
  readonly kind: 'clause';
  readonly must: readonly Node[];
  /** At least one of them, where nothing must be. */
  readonly should: readonly Node[];
  readonly mustNot: readonly Node[];
}

export type Node = { readonly kind: 'all' } | Term | Range | Clause;
