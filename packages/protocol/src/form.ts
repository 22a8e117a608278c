/** Strict reading of JSON values: every member is named, typed and bounded, and there is no other. */
import { dictionary } from '@gaiwan/errors';
import { ManifestError } from './manifest-error.ts';

/** Returns the value as what it is. `path` says where it stands. Throws `ManifestError` (bad-form). */
export type Read<T> = (value: unknown, path: string) => T;

const bad = (path: string, why: string) => new ManifestError('bad-form', `${path || 'It'} ${why}.`);

/** Text that UTF-8 can carry. */
export const text =
  (most: number): Read<string> =>
  (value, path) => {
    if (typeof value !== 'string') throw bad(path, 'is no text');
    if (value.length > most) throw bad(path, `has ${value.length} characters, more than ${most}`);
    if (!value.isWellFormed()) throw bad(path, 'has half of a surrogate pair');
    return value;
  };

/** So many bytes in lower-case hexadecimal. */
export const hex =
  (bytes: number): Read<string> =>
  (value, path) => {
    if (typeof value === 'string' && value.length === 2 * bytes && /^[0-9a-f]*$/.test(value)) return value;
    throw bad(path, `is not ${2 * bytes} lower-case hexadecimal digits`);
  };

export const whole =
  (least: number, most: number): Read<number> =>
  (value, path) => {
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most)
      return value;
    throw bad(path, `is no whole number from ${least} to ${most}`);
  };

export const flag: Read<boolean> = (value, path) => {
  if (typeof value === 'boolean') return value;
  throw bad(path, 'is neither true nor false');
};

export const oneOf =
  <T extends string>(values: readonly T[]): Read<T> =>
  (value, path) => {
    const found = values.find((candidate) => candidate === value);
    if (found !== undefined) return found;
    throw bad(path, `is none of ${values.join(', ')}`);
  };

export const list =
  <T>(entry: Read<T>, most: number): Read<readonly T[]> =>
  (value, path) => {
    if (!Array.isArray(value)) throw bad(path, 'is no list');
    if (value.length > most) throw bad(path, `has ${value.length} entries, more than ${most}`);
    return value.map((one, index) => entry(one, `${path}[${index}]`));
  };

type Members = Readonly<Record<string, unknown>>;

/** No list, and not null. */
export const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An object with exactly these members. */
export function members<T extends object>(readers: { readonly [Name in keyof T]-?: Read<T[Name]> }): Read<T> {
  const known = Object.entries<Read<unknown>>(readers);
  const names = new Set(Object.keys(readers));
  const below = (path: string, name: string) => (path === '' ? name : `${path}.${name}`);
  return (value, path) => {
    if (!isObject(value)) throw bad(path, 'is no object');
    const read = known.map(([name, reader]) => {
      if (!Object.hasOwn(value, name)) throw bad(below(path, name), 'is missing');
      return [name, reader(value[name], below(path, name))] as const;
    });
    const unknown = Object.keys(value).find((name) => !names.has(name));
    if (unknown !== undefined)
      throw bad(below(path, JSON.stringify(unknown.slice(0, 60))), 'is an unknown member');
    // Each name has its reader's type: a mapped type that `fromEntries` cannot state.
    return dictionary(read) as T;
  };
}
