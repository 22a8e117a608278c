/** Telling how a text is encoded by its first bytes: by a byte order mark, never by a guess. */

export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be';

/** Bytes that `detectEncoding` wants to see, where the text has as many. */
export const HEAD = 8;

export interface Detected {
  /** undefined: no text that can be read; see `what`. */
  readonly encoding: Encoding | undefined;
  /** Bytes of the byte order mark. */
  readonly mark: number;
  /** What it is in place of a text that can be read. */
  readonly what?: string;
  readonly remedy?: string;
}

const TABLES = 'Functions that read tables take Parquet with "format": "parquet".';
const ARROW = 'Functions that read tables take Arrow IPC with "format": "arrow".';
const CONVERT = `Convert it to Parquet, as DuckDB and pyarrow do. ${TABLES}`;

/** What is given in place of text often enough to be named: its first bytes. */
const OTHERS: readonly (readonly [readonly number[], string, string?])[] = [
  // With the first byte of a page or of metadata: a column of a text may have the first four.
  [[0x50, 0x41, 0x52, 0x31, 0x15], 'a Parquet file', TABLES],
  [[0x50, 0x41, 0x52, 0x45, 0x15], 'an encrypted Parquet file', `Write it without encryption. ${TABLES}`],
  [[0x41, 0x52, 0x52, 0x4f, 0x57, 0x31, 0, 0], 'an Arrow IPC file', ARROW],
  [[0xff, 0xff, 0xff, 0xff], 'an Arrow IPC stream', ARROW],
  [
    [0x46, 0x45, 0x41, 0x31, 0, 0],
    'a Feather file of version 1',
    `Write it as version 2, which is Arrow IPC. ${ARROW}`,
  ],
  [[0x4f, 0x62, 0x6a, 1], 'an Avro file', CONVERT],
  [[0xff, 0xfe, 0, 0], 'UTF-32'],
  [[0, 0, 0xfe, 0xff], 'UTF-32'],
  [[0x50, 0x4b, 3, 4], 'a ZIP archive or an Excel workbook'],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], 'compressed with xz'],
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
  for (const [bytes, what, remedy] of OTHERS) {
    if (!beginsWith(head, bytes)) continue;
    return { encoding: undefined, mark: 0, what, ...(remedy !== undefined && { remedy }) };
  }
  for (const [bytes, encoding] of MARKS) {
    if (beginsWith(head, bytes)) return { encoding, mark: bytes.length };
  }
  return { encoding: 'utf-8', mark: 0 };
}

/** Of what is no text by its first bytes, what it is: "it is ...". */
export function describeOther(head: Uint8Array): string | undefined {
  const { what } = detectEncoding(head);
  return what === undefined ? undefined : `it is ${what}`;
}
