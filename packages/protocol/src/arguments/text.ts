/**
 * The canonical text of a task's arguments: the same characters in the manifest, in GetTask and before the function.
 *
 * No blanks; members by the code points of their names; strings as `JSON.stringify` writes them; integers of 64 bits as they
 * were written; other numbers as the shortest digits of their double, with a point or an exponent (`1.0`, `1e16`).
 */
import { ArgumentsTextError } from './error.ts';
import { objectText } from './order.ts';
import { Reader, requireLength } from './reader.ts';

/** Members of a JSON object by their names: each value is canonical JSON text. */
export type Arguments = ReadonlyMap<string, string>;

/**
 * Reads the text of a JSON object.
 *
 * @throws ArgumentsTextError for any other text
 * @example
 * readArguments('{"b": 1E5, "a": "x"}'); // Map { 'b' => '100000.0', 'a' => '"x"' }
 */
export function readArguments(text: string): Arguments {
  const reader = new Reader(text);
  if (!/^[ \t\n\r]*\{/.test(text)) {
    reader.value();
    reader.end();
    throw new ArgumentsTextError('not-an-object', 'it is no JSON object');
  }
  const members = reader.members();
  reader.end();
  return members;
}

/** Reads the text of a JSON array: each item as its canonical text. Throws `ArgumentsTextError` for any other text. */
export function readItems(text: string): readonly string[] {
  const reader = new Reader(text);
  const items = reader.items();
  reader.end();
  return items;
}

/** The canonical text of arguments. Throws `ArgumentsTextError` (too-long). */
export function argumentsText(members: Arguments): string {
  const text = objectText(members);
  requireLength(text);
  return text;
}
