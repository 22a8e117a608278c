/** Reading a task's arguments as Teaclave does (contract 1.0); `catalogue/arguments.ts` gives them their types. */
import { FunctionError } from '../refusal.ts';

/**
 * A JSON number that is no integer of 64 bits to serde: written with `.` or an exponent, `-0`, or out of range.
 * Kept apart because `4.0` is not an unsigned integer there, and JavaScript cannot tell it from `4`.
 */
export class JsonFloat {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

const I64_MIN = -(2n ** 63n);
const U64_MAX = 2n ** 64n - 1n;

function decodeNumber(value: number, source: string): number | bigint | JsonFloat {
  if (/[.eE]/.test(source) || source === '-0') return new JsonFloat(value);
  if (Number.isSafeInteger(value)) return value;
  const exact = BigInt(source);
  return exact >= I64_MIN && exact <= U64_MAX ? exact : new JsonFloat(value);
}

/** Whether a revived JSON value is an object. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof JsonFloat);

/**
 * Parses the arguments' JSON text. Integers are numbers (bigints beyond 2^53), other numbers `JsonFloat`.
 * Throws `FunctionError` ("Cannot convert to function arguments") for anything but an object.
 */
export function parseArguments(text: string): Record<string, unknown> {
  const revive = (_key: string, value: unknown, context?: { source?: string }): unknown => {
    if (typeof value === 'number') return decodeNumber(value, context?.source ?? String(value));
    if (typeof value === 'string' && !value.isWellFormed()) throw new SyntaxError('lone surrogate');
    return value;
  };
  let parsed: unknown;
  try {
    parsed = JSON.parse(text, revive);
  } catch (cause) {
    throw new FunctionError('invalid-arguments', 'Cannot convert to function arguments', { cause });
  }
  if (!isObject(parsed) || !Object.keys(parsed).every((key) => key.isWellFormed())) {
    throw new FunctionError('invalid-arguments', 'Cannot convert to function arguments');
  }
  return parsed;
}
