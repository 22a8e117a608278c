/**
 * Columns of words in a CSV table: each becomes a column for each of its words, 1 in rows that have it and else 0. A word that
 * is not known, and an empty cell, is missing in all of them. The first of them takes the column's place and the others stand
 * after the row's end, so that the other columns keep their numbers.
 */
import type { Input } from '../function.ts';
import { limits } from '../limits.ts';
import { FunctionError } from '../refusal.ts';
import { quote } from '../text/quote.ts';
import { joinRecord } from '../text/record-text.ts';
import { csvInput, isBlankLine, placesOf, records, requireWidth } from './records.ts';

const MOST_WORDS = limits.categoryWords.value;

export interface Category {
  /** Of the column. */
  readonly name: string;
  /** In the order of their features. */
  readonly words: readonly string[];
}

/** The names of a category's features. */
export const categoryNames = ({ name, words }: Category): string[] => words.map((word) => `${name}=${word}`);

export interface Encoding {
  readonly categories: readonly Category[];
  /** Names of the other columns that are looked at; the rest may hold anything. undefined: all of them. */
  readonly wanted?: readonly string[] | undefined;
}

/** An input whose columns of words have become columns of numbers. */
export interface EncodedInput {
  readonly input: Input;
  /** How many words were not known, of what was read. */
  unknownWords(): number;
}

/**
 * The words of the columns, in the order of their first rows.
 *
 * @throws FunctionError for a column that is not there, has too many words or none
 */
export async function readCategories(input: Input, names: readonly string[]): Promise<Category[]> {
  if (new Set(names).size !== names.length) {
    throw new FunctionError('invalid-arguments', 'The argument "categories" has a name twice.');
  }
  const found = names.map(() => new Set<string>());
  let places: readonly number[] | undefined;
  for await (const fields of records(input)) {
    if (!places) {
      places = placesOf(fields, names);
      continue;
    }
    for (const [i, place] of places.entries()) {
      const word = (fields[place] ?? '').trim();
      if (word !== '') found[i]?.add(word);
      if ((found[i]?.size ?? 0) <= MOST_WORDS) continue;
      throw new FunctionError(
        'too-large',
        `Column ${quote(names[i] ?? '')} has more than ${MOST_WORDS} different words: it is no category.`,
      );
    }
  }
  return names.map((name, i) => {
    const words = [...(found[i] ?? [])];
    if (words.length === 0)
      throw new FunctionError('unsuitable-data', `Column ${quote(name)} has no values.`);
    return { name, words };
  });
}

class Encoder {
  unknown = 0;
  readonly #categories: readonly Category[];
  readonly #codes: readonly ReadonlyMap<string, number>[];
  readonly #wanted: ReadonlySet<string> | undefined;
  #places: readonly number[] | undefined;
  /** Columns whose values nobody looks at. */
  #idle: readonly number[] = [];
  #columns = 0;
  #row = 0;

  constructor({ categories, wanted }: Encoding) {
    this.#categories = categories;
    this.#wanted = wanted && new Set(wanted);
    this.#codes = categories.map(({ words }) => new Map(words.map((word, code) => [word, code])));
  }

  /** The record with its words replaced; the first one is the header. */
  encode(fields: readonly string[]): string {
    if (!this.#places) {
      this.#places = placesOf(
        fields,
        this.#categories.map(({ name }) => name),
      );
      this.#columns = fields.length;
      const names = new Set(this.#categories.map(({ name }) => name));
      this.#idle = [...fields.keys()].filter((at) => {
        const name = fields[at] ?? '';
        return this.#wanted && !this.#wanted.has(name) && !names.has(name);
      });
      return this.#spread(fields, (i) => categoryNames(this.#categories[i] ?? { name: '', words: [] }));
    }
    // The reader of numbers skips it, or refuses what comes after it.
    if (isBlankLine(fields)) return joinRecord(fields);
    requireWidth(fields, this.#columns, ++this.#row);
    const looked = [...fields];
    for (const place of this.#idle) looked[place] = '0';
    const text = this.#spread(looked, (i, word) => this.#numbers(i, word.trim()));
    // A value that is missing, and no blank line.
    return text === '' ? '""' : text;
  }

  #numbers(category: number, word: string): string[] {
    const codes = this.#codes[category];
    const code = codes?.get(word);
    if (code === undefined && word !== '') this.unknown++;
    return Array.from({ length: codes?.size ?? 0 }, (_, i) => {
      if (code === undefined) return '';
      return i === code ? '1' : '0';
    });
  }

  #spread(fields: readonly string[], features: (category: number, text: string) => string[]): string {
    const all = [...fields];
    for (const [i, place] of (this.#places ?? []).entries()) {
      const [first = '', ...others] = features(i, fields[place] ?? '');
      all[place] = first;
      all.push(...others);
    }
    return joinRecord(all);
  }
}

/** @throws FunctionError while it is read, for a column that is not there and for what is no CSV */
export function encodeCategories(input: Input, encoding: Encoding): EncodedInput {
  if (encoding.categories.length === 0 && !encoding.wanted) return { input, unknownWords: () => 0 };
  let encoder = new Encoder(encoding);
  const encoded = csvInput(async function* () {
    encoder = new Encoder(encoding);
    for await (const fields of records(input)) yield encoder.encode(fields);
  });
  return { input: encoded, unknownWords: () => encoder.unknown };
}
