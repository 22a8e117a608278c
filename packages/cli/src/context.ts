/**
 * What commands get from the world around them, and the one way for their text to people: whatever a stranger has put into it,
 * nothing moves the cursor, hides a line or turns text around.
 */
import { printable, visible, visibleJson } from '@gaiwan/errors';
import type { CommandContext, StricliProcess } from '@stricli/core';

export interface Context extends CommandContext {
  readonly process: StricliProcess;
  readonly env: Readonly<Partial<Record<string, string>>>;
  /** Asks the person for a line; undefined where nobody is there to answer. */
  readonly ask: (prompt: string) => Promise<string | undefined>;
}

export interface Writer {
  write(text: string): void;
}

/** All that is written by it is harmless: also what the library of commands writes. */
export const guarded = (stream: Writer): Writer => ({
  write: (text) => stream.write(printable(text)),
});

/** Prints a result: as JSON if asked for, else as text for people. */
export function print(context: Context, json: boolean, value: unknown, text: () => string): void {
  const out = json ? visibleJson(JSON.stringify(value, jsonValue)) : printable(text());
  if (out !== '') context.process.stdout.write(out.endsWith('\n') ? out : `${out}\n`);
}

/** Says something that is not the result. */
export function note(context: Context, text: string): void {
  context.process.stderr.write(`${printable(text)}\n`);
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** Bytes are hex. `value` is what `toJSON` has already made of a Buffer, so the original is asked for. */
function jsonValue(this: Readonly<Record<string, unknown>>, key: string, value: unknown): unknown {
  const original = this[key];
  if (original instanceof Uint8Array) return hex(original);
  return typeof value === 'bigint' ? value.toString() : value;
}

/** Bytes as they are: for whoever asks for them, and never for people. */
export function printRaw(bytes: Uint8Array): void {
  // oxlint-disable-next-line names/no-raw-output -- asked for
  process.stdout.write(bytes);
}

/** Columns; the first row is the head. A cell is one line. */
export function table(cells: readonly (readonly string[])[]): string {
  const rows = cells.map((row) => row.map(visible));
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
