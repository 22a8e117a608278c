/**
 * Integers that a double cannot carry: the engine's own `JSON.parse` would round them, so they are handed in beside the text and
 * become bigints.
 */
import { ArgumentsError } from '../flatten.ts';

interface LongInteger {
  /** Names and indexes that lead to it. */
  readonly path: readonly (string | number)[];
  readonly digits: string;
}

/** Where the reviver found one. */
class Digits {
  readonly digits: string;
  constructor(digits: string) {
    this.digits = digits;
  }
}

/** The third parameter is newer than TypeScript's types. */
type Reviver = (key: string, value: unknown, context?: { readonly source?: string }) => unknown;

const revive: Reviver = (_key, value, context) =>
  Number.isInteger(value) && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? '')
    ? new Digits(context?.source ?? '')
    : value;

/** @param json Canonical text of arguments. Throws `ArgumentsError` for what is no JSON. */
export function longIntegers(json: string): LongInteger[] {
  const found: LongInteger[] = [];
  const search = (value: unknown, path: LongInteger['path']): void => {
    if (value instanceof Digits) found.push({ path, digits: value.digits });
    else if (Array.isArray(value))
      for (const [index, item] of value.entries()) search(item, [...path, index]);
    else if (typeof value === 'object' && value !== null)
      for (const [name, item] of Object.entries(value)) search(item, [...path, name]);
  };
  try {
    search(JSON.parse(json, revive), []);
  } catch (cause) {
    throw new ArgumentsError('Cannot convert to function arguments', { cause });
  }
  return found;
}
