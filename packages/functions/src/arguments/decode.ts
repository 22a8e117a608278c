/** Decoding a task's arguments by what the catalogue declares of them. */
import type { ArgumentEntry, ArgumentType, ArgumentTypes, Declared, Values } from '@gaiwan/catalogue';
import { dictionary } from '@gaiwan/errors';
import { FunctionError } from '../refusal.ts';
import { isObject, JsonFloat } from './json.ts';

const WANTED: Record<ArgumentType, string> = {
  string: 'a string',
  unsigned: 'an integer that is not negative',
  float: 'a number',
  boolean: 'true or false',
  bytes: 'an array of integers from 0 to 255',
  floats: 'an array of finite numbers',
  object: 'an object',
  strings: 'an array of strings',
};

/** The value in its own type, or undefined where the JSON has another. */
function decodeOne(type: ArgumentType, value: unknown): ArgumentTypes[ArgumentType] | undefined {
  switch (type) {
    case 'string':
      return typeof value === 'string' ? value : undefined;
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined;
    case 'unsigned':
      // Beyond 2^53 it would be rounded: `brokenBound` refuses it.
      if (typeof value === 'bigint') return value >= 0n ? Number(value) : undefined;
      return typeof value === 'number' && value >= 0 ? value : undefined;
    case 'float':
      return decodeFloat(value);
    case 'object':
      return isObject(value) ? value : undefined;
    case 'floats':
      return decodeFloats(value);
    case 'strings':
      return Array.isArray(value) && value.every((one) => typeof one === 'string') ? value : undefined;
    case 'bytes':
      return decodeBytes(value);
  }
}

function decodeFloat(value: unknown): number | undefined {
  if (value instanceof JsonFloat) return value.value;
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : undefined;
}

function decodeFloats(value: unknown): readonly number[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const numbers = value.map((one) => decodeFloat(one) ?? Number.NaN);
  return numbers.every(Number.isFinite) ? numbers : undefined;
}

function decodeBytes(value: unknown): Uint8Array | undefined {
  if (!Array.isArray(value)) return undefined;
  const decoded = new Uint8Array(value.length);
  for (let i = 0; i < decoded.length; i++) {
    const byte: unknown = value[i];
    if (typeof byte !== 'number' || byte < 0 || byte > 255) return undefined;
    decoded[i] = byte;
  }
  return decoded;
}

/** What the value had to be, where it is out of the declared bounds. */
function brokenBound(entry: ArgumentEntry, value: unknown): string | undefined {
  if (entry.type === 'string' && typeof value === 'string') {
    const { choices } = entry;
    return choices && !choices.includes(value) ? `one of ${choices.join(', ')}` : undefined;
  }
  if ((entry.type !== 'unsigned' && entry.type !== 'float') || typeof value !== 'number') return undefined;
  const { minimum, maximum } = entry;
  if (!Number.isFinite(value)) return 'a finite number';
  if (entry.type === 'unsigned' && value > Number.MAX_SAFE_INTEGER)
    return `at most ${entry.maximum ?? Number.MAX_SAFE_INTEGER}`;
  if (minimum !== undefined && value < minimum) return `at least ${minimum}`;
  if (maximum !== undefined && value > maximum) return `at most ${maximum}`;
  return undefined;
}

/** A given value as a message has it: short. */
function describeValue(value: unknown): string {
  // `2.0`, as it was given: it is no integer there.
  if (value instanceof JsonFloat && Number.isSafeInteger(value.value)) return `${value.value}.0`;
  const plain = value instanceof JsonFloat ? value.value : value;
  const text = typeof plain === 'string' ? JSON.stringify(plain) : String(plain);
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}

/**
 * The declared arguments out of what `parseArguments` gave; others are ignored, as Teaclave ignores them.
 * Throws `FunctionError`: "Cannot deserialize arguments" for what is missing or has another type, as the contract
 * says (with `explain`, for functions that Teaclave never had, followed by what is wrong), and a sentence for a
 * value out of bounds.
 */
export function decodeArguments<D extends Declared>(
  args: Readonly<Record<string, unknown>>,
  declared: D,
  { explain = false }: { readonly explain?: boolean } = {},
): Values<D> {
  const values = dictionary<unknown>();
  for (const [name, entry] of Object.entries(declared)) {
    const given = Object.hasOwn(args, name) ? args[name] : undefined;
    if (given === undefined && Object.hasOwn(entry, 'default')) {
      values[name] = entry.default;
      continue;
    }
    const value = decodeOne(entry.type, given);
    if (value === undefined) {
      const why =
        given === undefined ? 'is missing' : `must be ${WANTED[entry.type]}, not ${describeValue(given)}`;
      throw new FunctionError(
        'invalid-arguments',
        `Cannot deserialize arguments${explain ? `: "${name}" ${why}` : ''}`,
      );
    }
    const bound = brokenBound(entry, value);
    if (bound !== undefined)
      throw new FunctionError(
        'invalid-arguments',
        `The argument "${name}" must be ${bound}, not ${describeValue(given)}.`,
      );
    values[name] = value;
  }
  // Made key by key from `declared`, each value in its declared type.
  return values as Values<D>;
}
