import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FunctionError } from '../refusal.ts';
import { runs } from '../testing/runs.ts';
import { type Encoding, encode, encodings } from '../testing/text-forms.ts';
import { openText, type TextOptions } from './open-text.ts';

/** The text of an input that arrives in chunks of `cut` bytes, each in memory that is overwritten afterwards. */
async function read(
  given: Uint8Array | string,
  options: Partial<TextOptions> = {},
  cut = 3,
): Promise<string> {
  const bytes = Buffer.from(given);
  const input = {
    *chunks() {
      for (let at = 0; at < bytes.length; at += cut) {
        const chunk = Uint8Array.from(bytes.subarray(at, at + cut));
        yield chunk;
        chunk.fill(0x58);
      }
    },
  };
  const parts: Buffer[] = [];
  for await (const part of openText(input, { name: 'input_data0', ...options }).chunks()) {
    parts.push(Buffer.from(part));
  }
  return Buffer.concat(parts).toString();
}

describe('the one way in for text', () => {
  it('reads every encoding with a mark, every line end, however it is cut', async () => {
    const piece = fc.constantFrom(
      'ann',
      'é',
      '漢',
      '😀',
      '\ufeff',
      'e\u0301',
      '\n',
      '\r\n',
      '\r',
      ',',
      ' ',
      '"',
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join('')),
        fc.constantFrom<Encoding>(...encodings),
        fc.integer({ min: 1, max: 40 }),
        async (text, encoding, cut) => {
          // Without a mark of its own a text cannot begin with one.
          const plain = encoding === 'utf-8' ? text.replace(/^\ufeff+/, '') : text;
          const got = await read(encode(plain, encoding), {}, cut);
          expect(got.split(/\r?\n/)).toEqual(plain.split(/\r\n|\n|\r/));
        },
      ),
      { numRuns: runs(400) },
    );
  });

  it('leaves line ends between quotes as they are', async () => {
    const text = 'id,v\r"a\rb\r\nc\n""\r",1\r"",2\r\n';
    for (let cut = 1; cut < text.length; cut++) {
      expect(await read(text, { quotes: true }, cut)).toBe('id,v\n"a\rb\r\nc\n""\r",1\n"",2\r\n');
    }
  });

  it.each<[string, Uint8Array, string]>([
    [
      'Latin-1',
      Buffer.from('a\nJosé\n', 'latin1'),
      'Line 2 of input_data0 is not UTF-8 but in another encoding, such as Windows-1252',
    ],
    ['Latin-1 after bare CRs', Buffer.from('a\rb\r\xe9 1', 'latin1'), 'Line 3 of input_data0 is not UTF-8'],
    [
      'a cut character',
      Buffer.from('a\r\nb\n漢').subarray(0, -1),
      'Line 3 of input_data0 ends inside a character',
    ],
    ['other bytes', Uint8Array.of(0x61, 10, 0xe9, 0xe8, 0xff), 'Line 2 of input_data0 is not UTF-8'],
    [
      'UTF-16 without a mark',
      Buffer.from('id\nv', 'utf16le'),
      'Line 1 of input_data0 has a NUL character, as UTF-16',
    ],
    [
      'UTF-32',
      Uint8Array.of(0xff, 0xfe, 0, 0, 0x61, 0, 0, 0),
      'input_data0 is no text: it is UTF-32. Save the file as',
    ],
    ['a workbook', Buffer.from('PK\x03\x04....'), 'a ZIP archive or an Excel workbook'],
    ['gzip', Uint8Array.of(0x1f, 0x8b, 8, 0, 0), 'compressed with gzip'],
    [
      'half a character of UTF-16',
      Uint8Array.of(0xff, 0xfe, 0x61, 0, 0x61),
      'ends inside a character of UTF-16',
    ],
    [
      'a lone surrogate',
      Uint8Array.of(0xff, 0xfe, 10, 0, 0x61, 0, 0, 0xd8, 0x61, 0),
      'Line 2 of input_data0 is not UTF-16, as its byte order mark says',
    ],
  ])('refuses %s by name, with the line and a remedy', async (_what, bytes, message) => {
    for (const cut of [1, 2, 3, 100]) {
      const run = read(bytes, {}, cut);
      await expect(run).rejects.toThrow(message);
      await expect(run).rejects.toThrow('Save the file as UTF-8');
      await expect(run).rejects.toBeInstanceOf(FunctionError);
    }
  });

  it("has Rust's text where the contract has it", async () => {
    for (const cut of [1, 2, 100]) {
      const contract = { contract: 'from_utf8' } as const;
      const bad = Uint8Array.of(0xef, 0xbb, 0xbf, 0x61, 10, 0xe6, 0x41);
      await expect(read(bad, contract, cut)).rejects.toThrow(
        'invalid utf-8 sequence of 1 bytes from index 5',
      );
      await expect(read(Uint8Array.of(0x61, 0xe6), contract, cut)).rejects.toThrow(
        'incomplete utf-8 byte sequence from index 1',
      );
      await expect(read(bad, { contract: 'lines' }, cut)).rejects.toThrow(
        'stream did not contain valid UTF-8',
      );
    }
  });

  it('gives UTF-8 or refuses, whatever the bytes are', async () => {
    const head = fc.constantFrom<readonly number[]>(
      [],
      [0xff, 0xfe],
      [0xfe, 0xff],
      [0xef, 0xbb, 0xbf],
      [0x22, 13],
    );
    await fc.assert(
      fc.asyncProperty(
        head,
        fc.uint8Array({ maxLength: 60 }),
        fc.integer({ min: 1, max: 70 }),
        fc.boolean(),
        async (first, rest, cut, quotes) => {
          const bytes = Uint8Array.from([...first, ...rest]);
          const whole = await read(bytes, { quotes }, 1000).catch((error: unknown) => error);
          const pieces = await read(bytes, { quotes }, cut).catch((error: unknown) => error);
          if (typeof whole !== 'string') expect(whole).toBeInstanceOf(FunctionError);
          expect(pieces).toEqual(whole);
        },
      ),
      { numRuns: runs(600) },
    );
  });
});
