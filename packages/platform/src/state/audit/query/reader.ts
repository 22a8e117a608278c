/** The characters of a query, one after the other. */
import { dateForm } from './dates.ts';
import { misread } from './misread.ts';

/** A backslash before one of them takes its meaning away; before any other character it is a character itself. */
const SPECIAL = '\\s+^`:{}"[\\]()!\\\\*<>~-';
const ESCAPED = new RegExp(`\\\\([${SPECIAL}])`, 'g');
const SPACES = /\s+/y;
const KEYWORD = /(AND|OR|NOT|TO)(?=[\s()[\]{}"]|$)/y;
const COMPARISON = /[<>]=?/y;
const NUMBER = /\d+(\.\d+)?/y;
const WHOLE = /\d{1,6}(?!\d)/y;
/** A `*` is taken along, and refused. */
const WORD = new RegExp(`(?![-\`])(?:\\\\[${SPECIAL}]|\\\\(?![${SPECIAL}])|[^\\s:^{}"[\\]()\\\\])+`, 'y');
const QUOTED = /"((?:[^"\\]|\\.)+)"/sy;

export class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  /** The next character; '' at the end. */
  get next(): string {
    return this.#text.charAt(this.#at);
  }

  accept(character: string): boolean {
    if (this.next !== character) return false;
    this.#at++;
    return true;
  }

  /** Were there any? */
  spaces(): boolean {
    return this.#take(SPACES) !== undefined;
  }

  /** A word in capitals that is an operator; it stays where it is unless it is one of `wanted`. */
  keyword(...wanted: readonly string[]): string | undefined {
    const before = this.#at;
    const found = this.#take(KEYWORD)?.[0];
    if (found !== undefined && wanted.includes(found)) return found;
    this.#at = before;
    return undefined;
  }

  comparison(): string | undefined {
    return this.#take(COMPARISON)?.[0];
  }

  date(): string | undefined {
    return this.#take(dateForm)?.[0];
  }

  number(): string | undefined {
    return this.#take(NUMBER)?.[0];
  }

  /** Of up to six digits. */
  whole(): number | undefined {
    const digits = this.#take(WHOLE)?.[0];
    return digits === undefined ? undefined : Number(digits);
  }

  quoted(): string | undefined {
    return this.#take(QUOTED)?.[1]?.replaceAll(/\\(["\\])/g, '$1');
  }

  /** @throws PlatformError (bad-audit-query) for an operator, and for a word with a wildcard */
  word(): string | undefined {
    const operator = this.keyword('AND', 'OR', 'NOT');
    if (operator !== undefined)
      throw this.misread(`${operator} is an operator, and something to look for is missing`);
    const found = this.#take(WORD)?.[0];
    if (found?.replaceAll(ESCAPED, '').includes('*'))
      throw this.misread('there are no wildcards: * stands for all entries, and only by itself');
    return found?.replaceAll(ESCAPED, '$1');
  }

  unexpected(): Error {
    if (this.atEnd) return this.misread('something is missing at the end');
    return this.misread(`"${this.next}" is not expected`);
  }

  misread(reason: string): Error {
    return misread(`${reason} (character ${this.#at + 1} of the query).`);
  }

  #take(form: RegExp): RegExpExecArray | undefined {
    form.lastIndex = this.#at;
    const found = form.exec(this.#text) ?? undefined;
    if (found) this.#at = form.lastIndex;
    return found;
  }
}
