/** From JavaScript values to the text of arguments. */
import { limits } from '../limits.ts';
import { ArgumentsTextError } from './error.ts';
import { numberText } from './number-text.ts';
import { byCodePoints } from './order.ts';

/**
 * JSON text of a value that a program has: like `JSON.stringify`, but bigints are integers, and what JSON would lose is
 * refused: NaN and infinities, whole numbers beyond 2^53 that are no bigints, functions and symbols. Members that are undefined are
 * left out; `toJSON` is asked.
 *
 * @throws ArgumentsTextError
 * @example
 * valueText({ id: 1764441457123456789n, rate: 0.5 }); // '{"id":1764441457123456789,"rate":0.5}'
 */
export function valueText(value: unknown): string {
  return write(value, '', 0);
}

function write(given: unknown, member: string, depth: number): string {
  const value = hasToJson(given) ? given.toJSON() : given;
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return numberText(String(value)) ?? outOfRange(member, `${value}n`);
  if (typeof value === 'number') return number(value, member);
  if (typeof value !== 'object')
    throw new ArgumentsTextError(
      'not-json',
      `JSON cannot carry ${nameOf(member)}, a ${typeof value}`,
      member,
    );
  const most = limits.argumentsDepth.value;
  if (depth >= most) throw new ArgumentsTextError('too-deep', `it is nested deeper than ${most}`, member);
  if (Array.isArray(value))
    return `[${value.map((item, index) => write(item, `${member}[${index}]`, depth + 1)).join(',')}]`;
  const members = Object.entries(value)
    .filter(([, one]) => one !== undefined)
    .sort(([a], [b]) => byCodePoints(a, b))
    .map(([name, one]) => {
      const path = member === '' ? name : `${member}.${name}`;
      return `${JSON.stringify(name)}:${write(one, path, depth + 1)}`;
    });
  return `{${members.join(',')}}`;
}

const hasToJson = (value: unknown): value is { toJSON(): unknown } =>
  typeof value === 'object' && value !== null && 'toJSON' in value && typeof value.toJSON === 'function';

const nameOf = (member: string) => member || 'it';

function number(value: number, member: string): string {
  if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value)))
    outOfRange(member, String(value));
  return JSON.stringify(value);
}

function outOfRange(member: string, shown: string): never {
  throw new ArgumentsTextError(
    'number-out-of-range',
    `${nameOf(member)} is ${shown}: give an integer beyond 2^53 as a bigint, at most 64 bits, a larger number as a string, or all arguments as text`,
    member,
  );
}
