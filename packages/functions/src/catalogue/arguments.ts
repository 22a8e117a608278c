/** Declaring the arguments of a function once: for decoding them, and for whoever has to give them. */
import { JsonFloat } from '../arguments/json.ts';
import { FunctionError } from '../function.ts';

export type ArgumentType = 'string' | 'unsigned' | 'float' | 'boolean' | 'bytes' | 'strings';

export interface ArgumentEntry<T = unknown> {
  readonly type: ArgumentType;
  /** One sentence. */
  readonly text: string;
  /** Without it the argument must be given. `undefined` means: may be left out, and the function knows what then. */
  readonly default?: T | undefined;
  /** Bounds that are checked, both included. */
  readonly minimum?: number;
  readonly maximum?: number;
  /** The only strings that are taken. */
  readonly choices?: readonly string[];
}

export type Declared = Readonly<Record<string, ArgumentEntry>>;

type Options<T> = Omit<ArgumentEntry<T>, 'type' | 'text'>;
type Given<T, O> = O extends { default: infer D } ? ArgumentEntry<T | D> : ArgumentEntry<T>;

const declare =
  <T>(type: ArgumentType) =>
  <const O extends Options<T> = Record<never, never>>(text: string, options?: O) =>
    ({ type, text, ...options }) as unknown as Given<T, O>;

/** A JSON string. */
export const string = declare<string>('string');
/** A JSON integer that is not negative (`4`, neither `4.0` nor `"4"`). */
export const unsigned = declare<number>('unsigned');
/** A JSON number. */
export const float = declare<number>('float');
/** `true` or `false`. */
export const boolean = declare<boolean>('boolean');
/** A JSON array of integers from 0 to 255. */
export const bytes = declare<Uint8Array>('bytes');
/** A JSON array of strings. */
export const strings = declare<readonly string[]>('strings');

export type Values<D> = { readonly [K in keyof D]: D[K] extends ArgumentEntry<infer T> ? T : never };

const WANTED: Record<ArgumentType, string> = {
  string: 'a string',
  unsigned: 'an integer that is not negative',
  float: 'a number',
  boolean: 'true or false',
  bytes: 'an array of integers from 0 to 255',
  strings: 'an array of strings',
};

/** The value in its own type, or undefined where the JSON has another. */
function decodeOne(type: ArgumentType, value: unknown): unknown {
  switch (type) {
    case 'string':
      return typeof value === 'string' ? value : undefined;
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined;
    case 'unsigned':
      if (typeof value === 'bigint') return value >= 0n ? Number(value) : undefined;
      return typeof value === 'number' && value >= 0 ? value : undefined;
    case 'float':
      if (value instanceof JsonFloat) return value.value;
      return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : undefined;
    case 'strings':
      return Array.isArray(value) && value.every((one) => typeof one === 'string') ? value : undefined;
    case 'bytes':
      return decodeBytes(value);
  }
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

function outOfBounds({ minimum, maximum, choices }: ArgumentEntry, value: unknown): string | undefined {
  if (choices !== undefined && !choices.includes(value as string)) return `one of ${choices.join(', ')}`;
  if (typeof value !== 'number') return undefined;
  if (!Number.isFinite(value)) return 'a finite number';
  if (minimum !== undefined && value < minimum) return `at least ${minimum}`;
  if (maximum !== undefined && value > maximum) return `at most ${maximum}`;
  return undefined;
}

/** How a value of a stranger is shown in a message: short. */
function shown(value: unknown): string {
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
  const values: Record<string, unknown> = {};
  for (const [name, entry] of Object.entries(declared)) {
    const given = Object.hasOwn(args, name) ? args[name] : undefined;
    if (given === undefined && Object.hasOwn(entry, 'default')) {
      values[name] = entry.default;
      continue;
    }
    const value = decodeOne(entry.type, given);
    if (value === undefined) {
      const why = given === undefined ? 'is missing' : `must be ${WANTED[entry.type]}, not ${shown(given)}`;
      throw new FunctionError(`Cannot deserialize arguments${explain ? `: "${name}" ${why}` : ''}`);
    }
    const bound = outOfBounds(entry, value);
    if (bound !== undefined)
      throw new FunctionError(`The argument "${name}" must be ${bound}, not ${shown(given)}.`);
    values[name] = value;
  }
  return values as Values<D>;
}
