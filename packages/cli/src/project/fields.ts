/** Reads JSON objects strictly: what is missing, of another type or unknown is reported with its place. */
import { dictionary } from '@gaiwan/errors';
import { type CliError, usage } from '../errors.ts';

type Values = Readonly<Record<string, unknown>>;

interface Item {
  readonly value: unknown;
  asObject(): Fields;
}

export interface Fields {
  /** A text that is not empty; with a second argument it may be missing. */
  text(key: string, otherwise?: string): string;
  optionalText(key: string): string | undefined;
  /** The text, where there is one that is a text; it may be something else. */
  textOrUndefined(key: string): string | undefined;
  /** A text alone is a list of it; empty lists are refused. */
  textOrTexts(key: string): readonly string[];
  flag(key: string): boolean;
  texts(key: string): readonly string[];
  textMap(key: string): Readonly<Record<string, string>>;
  /** Whole numbers above 0. */
  numberMap(key: string): Readonly<Record<string, number>>;
  /** A whole number above 0. */
  optionalCount(key: string): number | undefined;
  /** A whole number, 0 too. */
  optionalWhole(key: string): number | undefined;
  list(key: string): readonly Item[];
  object(key: string): Fields | undefined;
  /** As `object`; refuses where there is none. */
  required(key: string): Fields;
  has(key: string): boolean;
  /** Of all that is there. */
  names(): readonly string[];
  /** All that is there, each an object that `one` reads to its end. */
  each<T>(one: (fields: Fields) => T): Readonly<Record<string, T>>;
  /** An object of anything; empty if it is missing. */
  raw(key: string): Values;
  wrong(what: string): CliError;
  /** Refuses keys that nobody asked for. */
  end(): void;
}

/** @param place For errors. Throws `CliError` (usage), as all that it returns. */
export function readFields(value: unknown, place: string): Fields {
  const wrong = (what: string) => usage(`${place}: ${what}.`);
  if (!isObject(value)) throw wrong('is no object');
  const known = new Set<string>();
  const get = (key: string): unknown => {
    known.add(key);
    return Object.hasOwn(value, key) ? value[key] : undefined;
  };
  const source = { value, place, get, wrong };
  return {
    wrong: (what) => wrong(`it ${what}`),
    ...textsOf(source),
    ...numbersOf(source),
    ...partsOf(source),
    has: (key) => Object.hasOwn(value, key),
    names: () => Object.keys(value),
    end() {
      const unknown = Object.keys(value).find((key) => !known.has(key));
      if (unknown !== undefined) throw wrong(`unknown key ${JSON.stringify(unknown)}`);
    },
  };
}

interface Source {
  readonly value: Values;
  readonly place: string;
  /** Marks the key as known. */
  readonly get: (key: string) => unknown;
  readonly wrong: (what: string) => CliError;
}

type TextReader = 'text' | 'optionalText' | 'textOrUndefined' | 'textOrTexts' | 'texts' | 'textMap';

function textsOf({ get, wrong }: Source): Pick<Fields, TextReader> {
  return {
    text(key, otherwise) {
      const found = get(key) ?? otherwise;
      if (typeof found !== 'string' || (found === '' && otherwise === undefined))
        throw wrong(`"${key}" must be a text`);
      return found;
    },
    optionalText(key) {
      const found = get(key);
      if (found !== undefined && typeof found !== 'string') throw wrong(`"${key}" must be a text`);
      return found;
    },
    textOrUndefined(key) {
      const found = get(key);
      return typeof found === 'string' ? found : undefined;
    },
    textOrTexts(key) {
      const found = get(key);
      const texts = isList(found) ? found : [found];
      if (texts.length === 0 || !texts.every(isText))
        throw wrong(`"${key}" must be a text, or a list of texts`);
      return texts;
    },
    texts(key) {
      const found = listOf(get(key), wrong, key);
      if (!found.every(isText)) throw wrong(`"${key}" must be a list of texts`);
      return found;
    },
    textMap: (key) => mapOf(get(key), isText, () => wrong(`"${key}" must be an object of texts`)),
  };
}

type NumberReader = 'flag' | 'numberMap' | 'optionalCount' | 'optionalWhole';

function numbersOf({ get, wrong }: Source): Pick<Fields, NumberReader> {
  return {
    flag(key) {
      const found = get(key) ?? false;
      if (typeof found !== 'boolean') throw wrong(`"${key}" must be true or false`);
      return found;
    },
    optionalCount(key) {
      const found = get(key);
      if (found !== undefined && !isCount(found)) throw wrong(`"${key}" must be a whole number above 0`);
      return found;
    },
    optionalWhole(key) {
      const found = get(key);
      if (found !== undefined && found !== 0 && !isCount(found))
        throw wrong(`"${key}" must be a whole number`);
      return found;
    },
    numberMap: (key) =>
      mapOf(get(key), isCount, () => wrong(`"${key}" must be an object of whole numbers above 0`)),
  };
}

type PartReader = 'list' | 'object' | 'required' | 'each' | 'raw';

function partsOf({ value, place, get, wrong }: Source): Pick<Fields, PartReader> {
  const within = (key: string) => readFields(get(key), `${place}, "${key}"`);
  return {
    list: (key) =>
      listOf(get(key), wrong, key).map((item, index) => ({
        value: item,
        asObject: () => readFields(item, `${place}, "${key}" ${index + 1}`),
      })),
    object: (key) => (get(key) === undefined ? undefined : within(key)),
    required(key) {
      if (get(key) === undefined) throw wrong(`"${key}" is missing`);
      return within(key);
    },
    each: (one) =>
      dictionary(
        Object.keys(value).map((key) => {
          const fields = within(key);
          const read = one(fields);
          fields.end();
          return [key, read] as const;
        }),
      ),
    raw(key) {
      const found = get(key) ?? {};
      if (!isObject(found)) throw wrong(`"${key}" must be an object`);
      return found;
    },
  };
}

function listOf(found: unknown, wrong: Source['wrong'], key: string): readonly unknown[] {
  const list: unknown = found ?? [];
  if (!isList(list)) throw wrong(`"${key}" must be a list`);
  return list;
}

function mapOf<T>(
  found: unknown,
  is: (one: unknown) => one is T,
  refusal: () => CliError,
): Readonly<Record<string, T>> {
  const map = found ?? {};
  const isMap = (one: unknown): one is Readonly<Record<string, T>> =>
    isObject(one) && Object.values(one).every(is);
  if (!isMap(map)) throw refusal();
  return map;
}

const isText = (one: unknown): one is string => typeof one === 'string';
const isCount = (one: unknown): one is number =>
  typeof one === 'number' && Number.isSafeInteger(one) && one > 0;
const isList = (one: unknown): one is readonly unknown[] => Array.isArray(one);

function isObject(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
