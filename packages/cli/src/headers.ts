/**
 * What the bundle has for Node's `Headers`: the first use of that one loads all of Node's fetch (undici), which takes longer than many a
 * command. Of the same behaviour (Fetch, 5.2), but for guards, which only fetch itself has.
 */

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** What no value has: an end of line or NUL; and what is no byte. */
const NO_VALUE = /[\0\r\n]|[^\0-\xff]/;
const AROUND = /^[\t\n\r ]+|[\t\n\r ]+$/g;
/** The one that is never joined into a line. */
const SET_COOKIE = 'set-cookie';

type Pairs = Iterable<Iterable<string>>;

function nameOf(name: unknown): string {
  const text = String(name);
  if (!NAME.test(text)) throw new TypeError(`${JSON.stringify(text)} is no name of a header.`);
  return text.toLowerCase();
}

function textOf(value: unknown): string {
  const text = String(value).replace(AROUND, '');
  if (NO_VALUE.test(text)) throw new TypeError('A header has a value with an end of line, NUL or no byte.');
  return text;
}

function isPairs(value: object): value is Pairs {
  return Symbol.iterator in value && value[Symbol.iterator] != null;
}

/** Names of the fields, lower-cased, with their values. */
export class Headers {
  /** Values that were appended, in their order. */
  readonly #fields = new Map<string, string[]>();

  constructor(init?: Pairs | Readonly<Record<string, string>>) {
    if (init === undefined) return;
    if (typeof init !== 'object' || init === null) throw new TypeError('Headers are made of an object.');
    if (!isPairs(init)) {
      for (const key of Reflect.ownKeys(init)) {
        const property = Reflect.getOwnPropertyDescriptor(init, key);
        if (typeof key === 'symbol') throw new TypeError('A header has a name that is a symbol.');
        if (property?.enumerable) this.append(key, init[key]);
      }
      return;
    }
    for (const pair of init) {
      const parts: unknown[] = typeof pair === 'object' ? [...pair] : [];
      if (parts.length !== 2) throw new TypeError('A header is a pair of a name and a value.');
      this.append(parts[0], parts[1]);
    }
  }

  append(name: unknown, value: unknown): void {
    const key = nameOf(name);
    const text = textOf(value);
    const values = this.#fields.get(key);
    if (values) values.push(text);
    else this.#fields.set(key, [text]);
  }

  set(name: unknown, value: unknown): void {
    const key = nameOf(name);
    this.#fields.set(key, [textOf(value)]);
  }

  delete(name: unknown): void {
    this.#fields.delete(nameOf(name));
  }

  get(name: unknown): string | null {
    const key = nameOf(name);
    return this.#fields.get(key)?.join(key === 'cookie' ? '; ' : ', ') ?? null;
  }

  has(name: unknown): boolean {
    return this.#fields.has(nameOf(name));
  }

  getSetCookie(): string[] {
    return [...(this.#fields.get(SET_COOKIE) ?? [])];
  }

  forEach(callback: (value: string, name: string, headers: Headers) => void, self?: unknown): void {
    for (const [name, value] of this) callback.call(self, value, name, this);
  }

  *entries(): Generator<[name: string, value: string], undefined> {
    for (const name of [...this.#fields.keys()].sort()) {
      if (name === SET_COOKIE) for (const value of this.getSetCookie()) yield [name, value];
      else yield [name, this.get(name) ?? ''];
    }
  }

  *keys(): Generator<string, undefined> {
    for (const [name] of this) yield name;
  }

  *values(): Generator<string, undefined> {
    for (const [, value] of this) yield value;
  }

  [Symbol.iterator](): Generator<[name: string, value: string], undefined> {
    return this.entries();
  }
}
