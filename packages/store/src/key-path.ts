/** A key's path as bytes: number of segments (1 byte), then for each its length (2 bytes, big-endian) and UTF-8. */
import type { Key } from './store.ts';

export function encodePath(key: Key): Buffer {
  let size = 1;
  for (const segment of key) size += 2 + Buffer.byteLength(segment);
  const bytes = Buffer.allocUnsafe(size);
  bytes[0] = key.length;
  let at = 1;
  for (const segment of key) {
    const length = bytes.write(segment, at + 2);
    bytes.writeUInt16BE(length, at);
    at += 2 + length;
  }
  return bytes;
}

/** The path and what follows it. The bytes were authenticated before, so they are well-formed. */
export function decodePath(bytes: Buffer): { readonly key: string[]; readonly rest: Buffer } {
  const key: string[] = [];
  let at = 1;
  for (let left = bytes[0] ?? 0; left > 0; left--) {
    const end = at + 2 + bytes.readUInt16BE(at);
    key.push(bytes.toString('utf8', at + 2, end));
    at = end;
  }
  return { key, rest: bytes.subarray(at) };
}
