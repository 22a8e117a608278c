/**
 * The language of queries (contract 3.11), tantivy's, read by recursive descent:
 *
 *     query      = [ expression ]
 *     expression = leaf { ("AND" | "OR") leaf } | { [ "+" | "-" ] leaf }     AND binds closer than OR
 *     leaf       = ( "(" expression ")" | "NOT" leaf | "*" | [ field ":" ] value ) [ "^" number ]
 *     value      = word | '"' words '"' [ "~" number ] | range
 *     range      = ( "[" | "{" ) bound "TO" bound ( "]" | "}" ) | ( "<" | "<=" | ">" | ">=" ) bound
 */
import { limits } from '../../../limits.ts';
import { misread } from './misread.ts';
import { Reader } from './reader.ts';
import { type Bound, type Field, fields, type Node } from './syntax.ts';

const MAX_DEPTH = limits.auditQueryDepth.value;
const MAX_TERMS = limits.auditQueryTerms.value;
const MAX_TEXT = limits.auditQuery.value;

type Occur = 'must' | 'should' | 'mustNot';
type Item = readonly [occur: Occur | undefined, node: Node];

/**
 * Undefined for an empty query, which finds nothing.
 *
 * @throws PlatformError (bad-audit-query)
 */
export function parseQuery(text: string): Node | undefined {
  if (text.length > MAX_TEXT) throw misread(`the query has more than ${MAX_TEXT} characters.`);
  const reader = new Reader(text);
  reader.spaces();
  if (reader.atEnd) return undefined;
  const node = new Parser(reader).expression();
  if (!reader.atEnd) throw reader.unexpected();
  if (isOnlyExcluding(node))
    throw misread('the query only says what is not wanted: put * before it to exclude from all entries.');
  return node;
}

const isOnlyExcluding = (node: Node): boolean =>
  node.kind === 'clause' && [...node.must, ...node.should].every(isOnlyExcluding);

const clause = (items: readonly Item[]): Node => {
  const of = (wanted: Occur) =>
    items.filter(([occur = 'should']) => occur === wanted).map(([, node]) => node);
  return { kind: 'clause', must: of('must'), should: of('should'), mustNot: of('mustNot') };
};
const all = (nodes: readonly Node[]): Node => clause(nodes.map((node) => ['must', node]));
const any = (nodes: readonly Node[]): Node => clause(nodes.map((node) => ['should', node]));
const isField = (name: string): name is Field => (fields as readonly string[]).includes(name);

class Parser {
  readonly #reader: Reader;
  #depth = 0;
  #terms = 0;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  /** To its end, or to a closing parenthesis. */
  expression(): Node {
    const first = this.#item();
    const operator = this.#reader.keyword('AND', 'OR');
    if (operator === undefined) return this.#list(first);
    if (first[0] !== undefined) throw this.#mixed();
    return this.#operators(first[1], operator);
  }

  #list(first: Item): Node {
    const items = [first];
    while (!this.#reader.atEnd && this.#reader.next !== ')') {
      if (this.#reader.keyword('AND', 'OR') !== undefined) throw this.#mixed();
      items.push(this.#item());
    }
    return clause(items);
  }

  #operators(first: Node, operator: string): Node {
    const groups = [[first]];
    for (let next: string | undefined = operator; next !== undefined; ) {
      this.#reader.spaces();
      const node = this.#leaf();
      if (next === 'AND') groups.at(-1)?.push(node);
      else groups.push([node]);
      next = this.#reader.keyword('AND', 'OR');
    }
    if (!this.#reader.atEnd && this.#reader.next !== ')') throw this.#mixed();
    return any(groups.map(all));
  }

  #mixed(): Error {
    return this.#reader.misread(
      'AND and OR stand between all terms or between none, and not beside + and -: use parentheses',
    );
  }

  #item(): Item {
    this.#reader.spaces();
    const occur = this.#reader.accept('+') ? 'must' : this.#reader.accept('-') ? 'mustNot' : undefined;
    return [occur, this.#leaf()];
  }

  /** With the spaces behind it. */
  #leaf(): Node {
    if (++this.#depth > MAX_DEPTH) throw this.#reader.misread(`more than ${MAX_DEPTH} parentheses and NOT`);
    const node = this.#bareLeaf();
    // What it is worth: entries come in the order of their time.
    if (this.#reader.accept('^') && this.#reader.number() === undefined) throw this.#reader.unexpected();
    this.#reader.spaces();
    this.#depth--;
    return node;
  }

  #bareLeaf(): Node {
    const reader = this.#reader;
    if (reader.accept('(')) {
      const inner = this.expression();
      if (!reader.accept(')')) throw reader.unexpected();
      return inner;
    }
    if (reader.keyword('NOT') !== undefined) {
      reader.spaces();
      return clause([['mustNot', this.#leaf()]]);
    }
    if (++this.#terms > MAX_TERMS) throw reader.misread(`more than ${MAX_TERMS} terms`);
    if (reader.accept('*')) return this.#everything();
    const phrase = reader.quoted();
    if (phrase !== undefined) return this.#term('message', phrase, this.#slop());
    if ('[{<>'.includes(reader.next) && !reader.atEnd)
      throw reader.misread('a range needs a field, as in date:[… TO …]');
    const word = reader.word();
    if (word === undefined) throw reader.unexpected();
    return reader.accept(':') ? this.#valueOf(word) : this.#term('message', word);
  }

  #everything(): Node {
    if (!/^[\s)^]?$/.test(this.#reader.next))
      throw this.#reader.misread('there are no wildcards: * stands for all entries, and only by itself');
    return { kind: 'all' };
  }

  #valueOf(name: string): Node {
    const reader = this.#reader;
    if (!isField(name))
      throw reader.misread(
        `there is no field "${name}", only ${fields.join(', ')}; write \\: for a colon that is none`,
      );
    const spaced = reader.spaces();
    const comparison = reader.comparison();
    if (comparison !== undefined) return this.#compared(name, comparison);
    if (reader.accept('[')) return this.#range(name, true);
    if (reader.accept('{')) return this.#range(name, false);
    if (spaced) throw reader.misread(`the value of ${name}: stands at once behind the colon`);
    const phrase = reader.quoted();
    if (phrase !== undefined) return this.#term(name, phrase, this.#slop());
    const value = reader.date() ?? reader.word();
    if (value === undefined) throw reader.unexpected();
    return this.#term(name, value);
  }

  #term(field: Field, value: string, slop = 0): Node {
    return { kind: 'term', field, value, slop };
  }

  /** Behind a phrase. */
  #slop(): number {
    if (!this.#reader.accept('~')) return 0;
    const slop = this.#reader.whole();
    if (slop === undefined) throw this.#reader.unexpected();
    return slop;
  }

  #compared(field: Field, comparison: string): Node {
    this.#reader.spaces();
    const value = this.#bound();
    if (value === undefined) throw this.#reader.misread('a comparison needs a value');
    const bound: Bound = { value, inclusive: comparison.length > 1 };
    return { kind: 'range', field, ...(comparison.startsWith('>') ? { lower: bound } : { upper: bound }) };
  }

  #range(field: Field, lowerInclusive: boolean): Node {
    const reader = this.#reader;
    reader.spaces();
    const lower = this.#bound();
    reader.spaces();
    if (reader.keyword('TO') === undefined) throw reader.misread('a range has TO between its bounds');
    reader.spaces();
    const upper = this.#bound();
    reader.spaces();
    const upperInclusive = reader.next === ']';
    if (!reader.accept(']') && !reader.accept('}')) throw reader.unexpected();
    return {
      kind: 'range',
      field,
      ...(lower !== undefined && { lower: { value: lower, inclusive: lowerInclusive } }),
      ...(upper !== undefined && { upper: { value: upper, inclusive: upperInclusive } }),
    };
  }

  /** Undefined for one that is open. */
  #bound(): string | undefined {
    if (this.#reader.accept('*')) return undefined;
    const value = this.#reader.date() ?? this.#reader.quoted() ?? this.#reader.word();
    if (value === undefined) throw this.#reader.unexpected();
    return value;
  }
}
