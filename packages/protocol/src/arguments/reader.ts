/**
 * Reads JSON text into its canonical text, not into values: numbers are never doubles on the way, so none is rounded, and
 * names are keys of a `Map`, so none is special. One pass, bounded in length and depth.
 */
import { limits } from '../limits.ts';
import { ArgumentsTextError } from './error.ts';
import { numberText } from './number-text.ts';
import { objectText } from './order.ts';

const LITERALS = ['true', 'false', 'null'];
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const WHITESPACE = ' \t\n\r';
const NUMBER_CHARACTERS = '0123456789+-.eE';
/** Of a name or a number in a message. */
const SHOWN = 60;

const shown = (text: string): string => (text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text);

export class Reader {
  readonly #text: string;
  #at = 0;
  readonly #path: (string | number)[] = [];

  /** @throws ArgumentsTextError (too-long) */
  constructor(text: string) {
    requireLength(text);
    this.#text = text;
  }

  /** Nothing but blanks is left, or it throws. */
  end(): void {
    this.#skipBlanks();
    if (this.#at < this.#text.length) throw this.#notJson();
  }

  /** The canonical text of the value that begins here. */
  value(): string {
    this.#skipBlanks();
    const next = this.#text[this.#at];
    if (next === '"') return JSON.stringify(this.#string());
    if (next === '{') return objectText(this.members());
    if (next === '[') return `[${this.items().join(',')}]`;
    const literal = LITERALS.find((text) => this.#text.startsWith(text, this.#at));
    if (literal === undefined) return this.#number();
    this.#at += literal.length;
    return literal;
  }

  /** The members of the object that begins here, each with its canonical text. */
  members(): Map<string, string> {
    const members = new Map<string, string>();
    this.#list('{', '}', () => {
      this.#skipBlanks();
      const name = this.#string();
      this.#path.push(name);
      if (members.has(name))
        throw new ArgumentsTextError(
          'member-twice',
          `it has the member ${JSON.stringify(shown(name))} twice`,
          this.#member(),
        );
      this.#skipBlanks();
      if (!this.#take(':')) throw this.#notJson();
      members.set(name, this.value());
      this.#path.pop();
    });
    return members;
  }

  /** The items of the array that begins here, each as its canonical text. */
  items(): string[] {
    const items: string[] = [];
    this.#list('[', ']', () => {
      this.#path.push(items.length);
      items.push(this.value());
      this.#path.pop();
    });
    return items;
  }

  #depth = 0;

  #list(open: string, close: string, entry: () => void): void {
    this.#skipBlanks();
    if (!this.#take(open)) throw this.#notJson();
    this.#depth += 1;
    const most = limits.argumentsDepth.value;
    if (this.#depth > most)
      throw new ArgumentsTextError('too-deep', `it is nested deeper than ${most}`, this.#member());
    this.#skipBlanks();
    if (!this.#take(close)) {
      do {
        entry();
        this.#skipBlanks();
      } while (this.#take(','));
      if (!this.#take(close)) throw this.#notJson();
    }
    this.#depth -= 1;
  }

  #string(): string {
    if (this.#text[this.#at] !== '"') throw this.#notJson();
    const end = this.#closingQuote();
    let value: unknown;
    try {
      value = JSON.parse(this.#text.slice(this.#at, end + 1));
    } catch {
      throw this.#notJson(); // a control character, or an escape that is none
    }
    if (typeof value !== 'string') throw this.#notJson();
    if (!value.isWellFormed())
      throw new ArgumentsTextError('half-character', 'a string has half of a surrogate pair', this.#member());
    this.#at = end + 1;
    return value;
  }

  /** The first quote after this one that an even number of backslashes precedes. */
  #closingQuote(): number {
    for (let quote = this.#at; ; ) {
      quote = this.#text.indexOf('"', quote + 1);
      if (quote < 0) throw this.#notJson();
      let before = quote;
      while (this.#text[before - 1] === '\\') before -= 1;
      if ((quote - before) % 2 === 0) return quote;
    }
  }

  #number(): string {
    const start = this.#at;
    while (NUMBER_CHARACTERS.includes(this.#text[this.#at] ?? ' ')) this.#at += 1;
    const source = this.#text.slice(start, this.#at);
    const tooLong = source.length > limits.argumentNumber.value;
    if (!tooLong && !NUMBER.test(source)) {
      this.#at = start;
      throw this.#notJson();
    }
    const text = tooLong ? undefined : numberText(source);
    if (text !== undefined) return text;
    const member = this.#member();
    throw new ArgumentsTextError(
      'number-out-of-range',
      `${member || 'it'} is ${shown(source)}: numbers are integers of 64 bits, or doubles. Send it as a string`,
      member,
    );
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #skipBlanks(): void {
    while (WHITESPACE.includes(this.#text[this.#at] ?? 'x')) this.#at += 1;
  }

  /** Where this is: `rows[3].id`. */
  #member(): string {
    const parts = this.#path.map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      const name = /^[\p{L}_][\p{L}\p{N}_-]*$/u.test(part) ? shown(part) : JSON.stringify(shown(part));
      return index === 0 ? name : `.${name}`;
    });
    return parts.join('');
  }

  #notJson(): ArgumentsTextError {
    const where = this.#at < this.#text.length ? `at character ${this.#at + 1}` : 'where the text ends';
    return new ArgumentsTextError('not-json', `it is no JSON ${where}`, this.#member());
  }
}

/** @throws ArgumentsTextError (too-long) */
export function requireLength(text: string): void {
  const most = limits.argumentsText.value;
  if (text.length > most)
    throw new ArgumentsTextError(
      'too-long',
      `it has ${text.length} characters; at most ${most} are taken. Hand big data in as an input file`,
    );
}
