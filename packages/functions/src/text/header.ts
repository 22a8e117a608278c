/** The first line of a CSV table, and quoted fields (RFC 4180). */
import { FunctionError } from '../refusal.ts';
import { MAX_LINE } from './lines.ts';
import { quote } from './quote.ts';

const LF = 0x0a;
const QUOTE = 0x22;

/** A field and the delimiter after it, by delimiter. */
const FIELDS: ReadonlyMap<string, RegExp> = new Map(
  [',', ';', '\t', '\\|'].map((mark) => [
    mark.replace('\\', ''),
    new RegExp(`(?:"((?:[^"]|"")*)"|([^"${mark}]*))(${mark}|$)`, 'y'),
  ]),
);

/**
 * Splits a record into its fields: quoted ones lose their quotes, doubled quotes in them become one. Undefined where
 * the quotes are not as the RFC has them.
 */
export function splitRecord(record: string, delimiter: string): string[] | undefined {
  if (!record.includes('"')) return record.split(delimiter);
  const field = FIELDS.get(delimiter);
  if (!field) throw new Error('a delimiter without a form of its fields');
  field.lastIndex = 0;
  const fields: string[] = [];
  for (;;) {
    const found = field.exec(record);
    if (!found) return undefined;
    fields.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? '');
    if (found[3] === '') return field.lastIndex === record.length ? fields : undefined;
  }
}

/** @throws FunctionError "invalid-input" for a name that a header has twice */
export function requireUnique(names: readonly string[]): void {
  const seen = new Set<string>();
  for (const [column, name] of names.entries()) {
    if (seen.has(name)) {
      throw new FunctionError(
        'invalid-input',
        `The header has the name ${quote(name)} twice, again as column ${column + 1}.`,
      );
    }
    seen.add(name);
  }
}

/** Reads the header of what `openText` gives; its names may contain line feeds, so that it may come in several blocks of lines. */
export class HeaderReader {
  names: readonly string[] | undefined;
  readonly #parts: Buffer[] = [];
  #length = 0;
  #quoted = false;
  readonly #delimiter: string;

  constructor(delimiter: string) {
    this.#delimiter = delimiter;
  }

  /** Takes the header's part of the block; returns the index after it. */
  read(block: Uint8Array): number {
    let at = 0;
    for (; at < block.length; at++) {
      const byte = block[at];
      if (byte === QUOTE) this.#quoted = !this.#quoted;
      else if (byte === LF && !this.#quoted) break;
    }
    const ended = at < block.length;
    this.#length += at;
    if (this.#length > MAX_LINE) throw new FunctionError('too-large', 'The header is longer than 16 MiB.');
    this.#parts.push(Buffer.from(block.subarray(0, at)));
    if (ended) this.#finish();
    return ended ? at + 1 : at;
  }

  /** To be called at the end of the input. */
  end(): void {
    if (this.names) return;
    if (this.#length === 0)
      throw new FunctionError(
        'invalid-input',
        'The input is empty: a header with the names of the columns is wanted.',
      );
    this.#finish();
  }

  #finish(): void {
    const bytes = Buffer.concat(this.#parts);
    this.#parts.length = 0;
    const names = splitRecord(bytes.toString().replace(/\r$/, ''), this.#delimiter);
    if (!names)
      throw new FunctionError('invalid-input', 'The quotes of the header are not as RFC 4180 has them.');
    requireUnique(names);
    this.names = names;
  }
}
