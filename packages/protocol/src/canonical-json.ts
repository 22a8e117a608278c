import { isObject } from './form.ts';

/**
 * The text of RFC 8785 (JCS) for a JSON value: members sorted by UTF-16 code units, no blanks. Members that are
 * undefined are left out.
 *
 * @throws TypeError for what JSON cannot carry, e.g. NaN, a bigint, an undefined entry of an array
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (!isObject(value)) throw new TypeError(`JSON cannot carry this ${typeof value}`);
  const members = Object.keys(value)
    .filter((name) => value[name] !== undefined)
    .sort() // by UTF-16 code units, as RFC 8785 asks
    .map((name) => `${JSON.stringify(name)}:${canonicalJson(value[name])}`);
  return `{${members.join(',')}}`;
}
