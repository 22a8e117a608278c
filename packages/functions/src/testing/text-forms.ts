/** Texts as other programs write them, for tests. */

export const encodings = ['utf-8', 'utf-8 with a mark', 'utf-16le', 'utf-16be'] as const;
export type Encoding = (typeof encodings)[number];

export const lineEnds = ['\n', '\r\n', '\r'] as const;

/** The text in an encoding, with a byte order mark but for plain UTF-8. */
export function encode(text: string, encoding: Encoding): Uint8Array {
  const marked = encoding === 'utf-8' ? text : `\ufeff${text}`;
  if (!encoding.startsWith('utf-16')) return Uint8Array.from(Buffer.from(marked));
  const bytes = Buffer.from(marked, 'utf16le');
  return Uint8Array.from(encoding === 'utf-16be' ? bytes.swap16() : bytes);
}
