/** The records of a CSV table as they are written, for what hands rows on without reading their values. */
import { recordBlocks } from '../csv/blocks.ts';
import { RecordReader } from '../csv/record.ts';
import type { Input } from '../function.ts';
import { FunctionError } from '../refusal.ts';
import { placesOf } from '../tables/records.ts';
import { openText } from '../text/open-text.ts';

const LF = 10;
/** What a blank line is made of, where no delimiter is among it. */
const BLANKS: readonly number[] = [LF, 13, 0x20, 9];

export interface RecordFormat {
  readonly header: boolean;
  readonly delimiter: string;
  /** With a header: the column whose fields are wanted. */
  readonly column: string | undefined;
}

export interface TableRecord {
  /** From 1 on; 0: the header. */
  readonly row: number;
  /** In UTF-8, with its line end; not kept by whoever gives it. */
  readonly bytes: Uint8Array;
  /** The text of the column's field without blanks around it; empty where no column is wanted. */
  readonly field: string;
}

function withLineEnd(block: Uint8Array, from: number, to: number): Uint8Array {
  if (to <= block.length) return block.slice(from, to);
  const bytes = new Uint8Array(block.length - from + 1);
  bytes.set(block.subarray(from));
  bytes[bytes.length - 1] = LF;
  return bytes;
}

/**
 * Blank lines are left out, also those of blanks: only in quotes they are a value. Every record must have as many fields as the first one.
 *
 * @throws FunctionError with the row, for what is no CSV, and for a column that is not there
 */
export async function* tableRecords(
  input: Input,
  { header, delimiter, column }: RecordFormat,
): AsyncGenerator<TableRecord, void, void> {
  const reader = new RecordReader(delimiter);
  let row = header ? 0 : 1;
  let fields = 0;
  let place: number | undefined;
  const refuse = (text: string, code: FunctionError['code'] = 'invalid-input'): never => {
    throw new FunctionError(code, `${row === 0 ? 'The header' : `Row ${row}`}: ${text}.`);
  };
  const read = (at: number): number => {
    try {
      return reader.read(at);
    } catch (error) {
      if (!(error instanceof FunctionError)) throw error;
      return refuse(error.message, error.code);
    }
  };
  const text = openText(input, { name: 'input_data', quotes: true });
  for await (const block of recordBlocks(text)) {
    reader.open(block);
    for (let at = 0; at < block.length; ) {
      const from = at;
      at = read(at);
      if (reader.count === 1 && block.subarray(from, at).every((byte) => BLANKS.includes(byte))) continue;
      fields ||= reader.count;
      if (reader.count !== fields) refuse(`it has ${reader.count} columns, and those before it ${fields}`);
      if (row === 0 && column !== undefined) {
        const names = Array.from({ length: fields }, (_, field) => reader.text(field));
        [place] = placesOf(names, [column]);
      }
      const field = place === undefined ? '' : reader.text(place).trim();
      yield { row, bytes: withLineEnd(block, from, at), field };
      row++;
    }
  }
}
