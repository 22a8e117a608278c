/**
 * Arguments as programs in Python and WebAssembly get them: [key, value, key, value, …], keys in the order of their UTF-8
 * bytes. Text goes in as it is, everything else as compact JSON text with sorted keys.
 */
import { limits } from './limits.ts';
import { numberText } from './number-text.ts';

/** The arguments cannot be given to a program. */
export class ArgumentsError extends Error {
  override readonly name = 'ArgumentsError';
}

const MAX_DEPTH = limits.argumentsDepth.value;

/** A number is its own text, wrapped to be told from a string. */
class NumberText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** The third parameter is newer than TypeScript's types. */
type Reviver = (key: string, value: unknown, context?: { readonly source?: string }) => unknown;

/** @param json Text of a JSON object. Throws `ArgumentsError`. */
export function flattenArguments(json: string): string[] {
  const reviver: Reviver = (_key, value, context) => {
    if (typeof value !== 'number') return value;
    if (context?.source === undefined) throw refusal();
    return new NumberText(numberText(context.source) ?? refuse());
  };
  let value: unknown;
  try {
    value = JSON.parse(json, reviver);
  } catch (cause) {
    throw cause instanceof ArgumentsError ? cause : refusal(cause);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refusal();
  return sortedEntries(value).flatMap(([key, item]) => [
    key,
    typeof item === 'string' ? item : compactJson(item, 1),
  ]);
}

/** The same for programs that take C strings. Throws `ArgumentsError`. */
export function refuseNul(argv: readonly string[]): readonly string[] {
  const bad = argv.findIndex((text) => text.includes('\0'));
  if (bad >= 0) {
    const key = JSON.stringify(argv[bad - (bad % 2)]);
    throw new ArgumentsError(
      `The argument ${key} contains a NUL character: this kind of program cannot take it.`,
    );
  }
  return argv;
}

function sortedEntries(value: object): [string, unknown][] {
  return Object.entries(value).sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

function compactJson(value: unknown, depth: number): string {
  if (value instanceof NumberText) return value.text;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (depth > MAX_DEPTH) refuse();
  if (Array.isArray(value)) return `[${value.map((item) => compactJson(item, depth + 1)).join(',')}]`;
  const members = sortedEntries(value).map(
    ([key, item]) => `${JSON.stringify(key)}:${compactJson(item, depth + 1)}`,
  );
  return `{${members.join(',')}}`;
}

function refusal(cause?: unknown): ArgumentsError {
  return new ArgumentsError('Cannot convert to function arguments', { cause });
}

function refuse(): never {
  throw refusal();
}
