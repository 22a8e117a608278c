/** The columns of a table: its first line, as RFC 4180 writes it. */
import { quoted } from '@gaiwan/errors';
import { CliError } from '../errors.ts';
import type { InputFile } from '../input-file.ts';

/**
 * Throws `CliError` (columns-differ) unless the file has exactly these columns, in any order: one more is one that nobody has agreed to
 * share.
 */
export function checkColumns(
  { path, head }: Pick<InputFile, 'path' | 'head'>,
  expected: readonly string[],
  delimiter: string,
): void {
  const has = columnsOf(textOf(head), delimiter);
  const missing = expected.filter((name) => !has.includes(name));
  const more = has.filter((name, index) => !expected.includes(name) || has.indexOf(name) !== index);
  if (missing.length === 0 && more.length === 0) return;
  const list = (names: readonly string[]) => names.map((name) => quoted(name)).join(', ');
  throw new CliError(
    'columns-differ',
    [
      `${path} is to have the columns ${list(expected)}`,
      ...(missing.length > 0 ? [`it lacks ${list(missing)}`] : []),
      ...(more.length > 0 ? [`it has ${list(more)} beside them`] : []),
    ]
      .join('; ')
      .concat('. Nothing was sent.'),
  );
}

const textOf = (head: Uint8Array): string => {
  const bytes = Buffer.from(head);
  return bytes.toString(isUtf16(bytes) ? 'utf16le' : 'utf8').replace(/^\ufeff/, '');
};

const isUtf16 = (bytes: Buffer): boolean => bytes[0] === 0xff && bytes[1] === 0xfe;

/** Of the first record of the text. */
export function columnsOf(text: string, delimiter: string): string[] {
  const columns: string[] = [];
  let column = '';
  let quotes = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? '';
    if (quotes) {
      if (character !== '"') column += character;
      else if (text[at + 1] === '"') column += text[++at];
      else quotes = false;
    } else if (character === '"' && column === '') quotes = true;
    else if (character === '\n' || character === '\r') break;
    else if (text.startsWith(delimiter, at)) {
      columns.push(column);
      column = '';
      at += delimiter.length - 1;
    } else column += character;
  }
  return [...columns, column].map((name) => name.trim());
}
