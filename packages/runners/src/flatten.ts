/**
 * Arguments as programs in Python and WebAssembly get them: [key, value, key, value, …], keys in the order of their UTF-8
 * bytes. Text goes in as it is, everything else as the canonical JSON text that was approved.
 */
import { ArgumentsTextError, byCodePoints, readArguments } from '@gaiwan/protocol/arguments';

/** The arguments cannot be given to a program. */
export class ArgumentsError extends Error {
  override readonly name = 'ArgumentsError';
}

/** @param json Text of a JSON object. Throws `ArgumentsError`. */
export function flattenArguments(json: string): string[] {
  try {
    return [...readArguments(json)]
      .sort(([a], [b]) => byCodePoints(a, b))
      .flatMap(([key, text]) => [key, text.startsWith('"') ? String(JSON.parse(text)) : text]);
  } catch (cause) {
    if (!(cause instanceof ArgumentsTextError)) throw cause;
    throw new ArgumentsError('Cannot convert to function arguments', { cause });
  }
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
