import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FunctionError } from '../refusal.ts';
import { recordBlocks } from './blocks.ts';
import { RecordReader } from './record.ts';

async function read(text: string | Uint8Array, delimiter = ',', cut = 5): Promise<string[][]> {
  const bytes = Buffer.from(text);
  const input = {
    *chunks() {
      for (let at = 0; at < bytes.length; at += cut) yield Uint8Array.from(bytes.subarray(at, at + cut));
    },
  };
  const reader = new RecordReader(delimiter);
  const records: string[][] = [];
  for await (const block of recordBlocks(input)) {
    reader.open(block);
    for (let position = 0; position < block.length; ) {
      position = reader.read(position);
      records.push(Array.from({ length: reader.count }, (_, i) => reader.text(i)));
    }
  }
  return records;
}

describe('CSV', () => {
  it.each([
    [
      'a,b\n1,2\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'a,b\r\n1,2',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      '"a","b"\r\n"1","2"\r\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      '"x,y","say ""hi""","two\nlines"\n,,\n',
      [
        ['x,y', 'say "hi"', 'two\nlines'],
        ['', '', ''],
      ],
    ],
    ['""\n"",""', [[''], ['', '']]],
    ['a\rb,c\r', [['a\rb', 'c']]],
    ['\n\n', [[''], ['']]],
    ['', []],
  ])('%j', async (text, records) => {
    for (const cut of [1, 3, 100]) expect(await read(text, ',', cut)).toEqual(records);
  });

  it.each([
    ['a"b,c', 'column 1 has a quote inside a field without quotes around it'],
    ['a,"b', 'column 2 has a quote that is not closed'],
    ['"a"b,c', 'column 1 has text after its closing quote'],
    [','.repeat(5000), 'more than 4096 columns'],
    ['"",'.repeat(5000), 'more than 4096 columns'],
  ])('refuses %j', async (text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });

  it('reads what was written, with any delimiter and however it is cut', async () => {
    const field = fc.string({
      unit: fc.constantFrom('a', 'é', ',', ';', '|', '\t', '"', '\n', '\r', ' '),
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(field, { minLength: 1, maxLength: 4 }), { maxLength: 6 }),
        fc.constantFrom(',', ';', '\t', '|'),
        fc.constantFrom('\n', '\r\n'),
        fc.integer({ min: 1, max: 40 }),
        async (records, delimiter, end, cut) => {
          const quoted = (text: string) =>
            /[",;|\t\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
          const text = records.map((record) => record.map(quoted).join(delimiter) + end).join('');
          expect(await read(text, delimiter, cut)).toEqual(records);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('reads or refuses arbitrary bytes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 200 }),
        fc.string({ unit: fc.constantFrom('"', ',', '\n', 'a', '\r') }),
        async (bytes, text) => {
          for (const given of [bytes, text]) {
            const ended = await read(given).catch((error: unknown) => error);
            if (!Array.isArray(ended)) expect(ended).toBeInstanceOf(FunctionError);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
