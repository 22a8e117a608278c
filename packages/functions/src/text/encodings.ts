/** Telling how a text is encoded by its first bytes: by a byte order mark, never by a guess. */

export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be';

/** Bytes that `detectEncoding` wants to see, where the text has as many. */
export const HEAD = 4;

export interface Detected {
  /** undefined: no text that can be read; see `what`. */
  readonly encoding: Encoding | undefined;
  /** Bytes of the byte order mark. */
  readonly mark: number;
  /** What it is in place of a text that can be read. */
  readonly what?: string;
}

/** What is given in place of text often enough to be named: its first bytes. */
const OTHERS: readonly (readonly [readonly number[], string])[] = [
  [[0xff, 0xfe, 0, 0], 'UTF-32'],
  [[0, 0, 0xfe, 0xff], 'UTF-32'],
  [[0x50, 0x4b, 3, 4], 'a ZIP archive or an Excel workbook'],
  [[0xd0, 0xcf, 0x11, 0xe0], 'an Excel workbook'],
  [[0x1f, 0x8b], 'compressed with gzip'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'compressed with zstd'],
];

const MARKS: readonly (readonly [readonly number[], Encoding])[] = [
  [[0xef, 0xbb, 0xbf], 'utf-8'],
  [[0xff, 0xfe], 'utf-16le'],
  [[0xfe, 0xff], 'utf-16be'],
];

const beginsWith = (head: Uint8Array, bytes: readonly number[]): boolean =>
  head.length >= bytes.length && bytes.every((byte, i) => head[i] === byte);

/** `head`: the first `HEAD` bytes of the text, or all of a shorter one. */
export function detectEncoding(head: Uint8Array): Detected {
  for (const [bytes, what] of OTHERS) {
    if (beginsWith(head, bytes)) return { encoding: undefined, mark: 0, what };
  }
  for (const [bytes, encoding] of MARKS) {
    if (beginsWith(head, bytes)) return { encoding, mark: bytes.length };
  }
  return { encoding: 'utf-8', mark: 0 };
}
