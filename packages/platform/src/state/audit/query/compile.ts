/** A query as a question about one entry. */
import type { AuditEntry } from '../../../ports.ts';
import { addressBytes, readAddress } from '../address.ts';
import { type Span, spanOf } from './dates.ts';
import { misread } from './misread.ts';
import type { Bound, Clause, Field, Node, Range, Term, TextField } from './syntax.ts';
import { compareTokens, hasPhrase, tokensOf } from './tokens.ts';

/** An entry whose texts are split when they are asked for, once. */
export class SplitEntry {
  readonly entry: AuditEntry;
  readonly #tokens: Partial<Record<TextField, readonly string[]>> = {};

  constructor(entry: AuditEntry) {
    this.entry = entry;
  }

  tokens(field: TextField): readonly string[] {
    const tokens = this.#tokens[field] ?? tokensOf(this.entry[field] ?? '');
    this.#tokens[field] = tokens;
    return tokens;
  }
}

type Question = (entry: SplitEntry) => boolean;

/** Throws `PlatformError` (bad-audit-query) for values that are none of their field. */
export function compile(node: Node): Question {
  if (node.kind === 'all') return () => true;
  if (node.kind === 'clause') return clauseQuestion(node);
  return node.kind === 'term' ? termQuestion(node) : rangeQuestion(node);
}

function clauseQuestion({ must, should, mustNot }: Clause): Question {
  const [musts, shoulds, mustNots] = [must.map(compile), should.map(compile), mustNot.map(compile)];
  // Where something must be, the others only said what tantivy would put first.
  const isOptional = shoulds.length === 0 || musts.length > 0;
  return (entry) =>
    musts.every((question) => question(entry)) &&
    (isOptional || shoulds.some((question) => question(entry))) &&
    !mustNots.some((question) => question(entry));
}

function termQuestion({ field, value, slop }: Term): Question {
  if (field === 'date') {
    const { start, end } = spanOf(value);
    return ({ entry: { microsecond } }) => start <= microsecond && microsecond < end;
  }
  if (field === 'ip') {
    const wanted = addressOf(value);
    return ({ entry }) => Buffer.compare(addressBytes(entry.address), wanted) === 0;
  }
  if (field === 'result') {
    const wanted = resultOf(value);
    return ({ entry }) => entry.result === wanted;
  }
  const phrase = wordsOf(field, value);
  const [only = ''] = phrase;
  return phrase.length === 1
    ? (entry) => entry.tokens(field).includes(only)
    : (entry) => hasPhrase(entry.tokens(field), phrase, slop);
}

function rangeQuestion({ field, lower, upper }: Range): Question {
  if (field === 'date') {
    const from = lower && edge(spanOf(lower.value), !lower.inclusive);
    const to = upper && edge(spanOf(upper.value), upper.inclusive);
    return ({ entry: { microsecond } }) =>
      (from === undefined || microsecond >= from) && (to === undefined || microsecond < to);
  }
  if (field === 'ip') {
    const isWithin = within(lower, upper, addressOf, (a, b) => Buffer.compare(a, b));
    return ({ entry }) => isWithin(addressBytes(entry.address));
  }
  if (field === 'result') {
    const isWithin = within(lower, upper, resultOf, (a, b) => Number(a) - Number(b));
    return ({ entry }) => isWithin(entry.result);
  }
  const isWithin = within(lower, upper, (value) => onlyWordOf(field, value), compareTokens);
  return (entry) => entry.tokens(field).some(isWithin);
}

const edge = ({ start, end }: Span, after: boolean): number => (after ? end : start);

function within<T>(
  lower: Bound | undefined,
  upper: Bound | undefined,
  read: (value: string) => T,
  compare: (a: T, b: T) => number,
): (value: T) => boolean {
  const least = lower && { value: read(lower.value), inclusive: lower.inclusive };
  const most = upper && { value: read(upper.value), inclusive: upper.inclusive };
  const isIn = (order: number, inclusive: boolean) => order > 0 || (inclusive && order === 0);
  return (value) =>
    (!least || isIn(compare(value, least.value), least.inclusive)) &&
    (!most || isIn(compare(most.value, value), most.inclusive));
}

function wordsOf(field: Field, value: string): readonly string[] {
  const words = tokensOf(value);
  if (words.length === 0) throw misread(`"${value}" has no letter and no digit to look for in ${field}.`);
  return words;
}

function onlyWordOf(field: Field, value: string): string {
  const [word = '', ...others] = wordsOf(field, value);
  if (others.length > 0) throw misread(`a bound of a range of ${field} is one word, and "${value}" is more.`);
  return word;
}

function addressOf(value: string): Uint8Array {
  const bytes = readAddress(value);
  if (!bytes) throw misread(`"${value}" is no IP address; one of version 6 stands in quotes.`);
  return bytes;
}

function resultOf(value: string): boolean {
  if (value === 'true' || value === 'false') return value === 'true';
  throw misread(`a result is true or false, and not "${value}".`);
}
