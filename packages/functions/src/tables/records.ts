/** CSV tables as texts: for what has to be changed before numbers are read. */
import { recordBlocks } from '../csv/blocks.ts';
import { RecordReader } from '../csv/record.ts';
import type { Input } from '../function.ts';
import { FunctionError } from '../refusal.ts';
import { openText } from '../text/open-text.ts';
import { quote } from '../text/quote.ts';

/** Of text that is handed on at once, about. */
const CHUNK = 1 << 16;
const LF = 10;
const CR = 13;

const placeOf = (row: number): string => (row === 0 ? 'The header' : `Row ${row}`);

/** Whether the record that was read from `at` on is a line without a character; a single empty field has quotes. */
const isEmptyLine = (reader: RecordReader, at: number): boolean =>
  reader.isEmpty && [undefined, LF, CR].includes(reader.block[at]);

/** Whether a record of `records` is a blank line. */
export const isBlankLine = (fields: readonly string[]): boolean =>
  fields.length === 0 || (fields.length === 1 && fields[0] !== '' && fields[0]?.trim() === '');

/** The records of a table as texts, the header first if it has one; after it, an empty line has no field. @throws FunctionError `invalid-input` for what is no CSV */
export async function* records(
  input: Input,
  delimiter = ',',
  header = true,
): AsyncGenerator<readonly string[], void, void> {
  const reader = new RecordReader(delimiter);
  let row = header ? 0 : 1;
  for await (const block of recordBlocks(openText(input, { name: 'the table', quotes: true }))) {
    reader.open(block);
    for (let at = 0; at < block.length; row++) {
      const from = at;
      try {
        at = reader.read(at);
      } catch (error) {
        if (!(error instanceof FunctionError)) throw error;
        throw new FunctionError(error.code, `${placeOf(row)}: ${error.message}.`);
      }
      if (row > 0 && isEmptyLine(reader, from)) yield [];
      else yield Array.from({ length: reader.count }, (_, field) => reader.text(field));
    }
  }
}

/** Where a header has the names. @throws FunctionError `invalid-input` for one that it does not have, or has twice */
export function placesOf(header: readonly string[], names: readonly string[]): number[] {
  return names.map((name) => {
    const place = header.indexOf(name);
    if (place < 0)
      throw new FunctionError('invalid-input', `No column of the header has the name ${quote(name)}.`);
    if (header.includes(name, place + 1))
      throw new FunctionError('invalid-input', `The header has the name ${quote(name)} twice.`);
    return place;
  });
}

/**
 * Who makes other columns of a record asks this first: with as many fields as those are, another would pass for one of them.
 *
 * @throws FunctionError `invalid-input`
 */
export function requireWidth(fields: readonly string[], columns: number, row: number): void {
  if (fields.length === columns) return;
  throw new FunctionError(
    'invalid-input',
    `Row ${row}: Data format error: column len = ${fields.length}, expected = ${columns}`,
  );
}

async function* inChunks(lines: AsyncGenerator<string, void, void>): AsyncGenerator<Uint8Array, void, void> {
  let text = '';
  for await (const line of lines) {
    text += `${line}\n`;
    if (text.length < CHUNK) continue;
    yield Buffer.from(text);
    text = '';
  }
  if (text !== '') yield Buffer.from(text);
}

/** An input of the lines that `lines` gives, each time that it is read. */
export const csvInput = (lines: () => AsyncGenerator<string, void, void>): Input => ({
  chunks: () => inChunks(lines()),
});
