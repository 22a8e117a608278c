/** Damage to a platform's blobs on the disk, as whoever can write there does it. */
import { readFileSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The file of a blob, by its URL. */
export function blobFile(folder: string, url: string): string {
  const [, id] = /^blob:\/\/gaiwan\/([0-9a-f-]{36})\//.exec(url) ?? [];
  if (id === undefined) throw new Error(`${url} is no blob`);
  return join(folder, 'data', 'blobs', id);
}

/** Changes one bit of the byte at an offset. */
export function flipBit(path: string, offset: number): void {
  const bytes = readFileSync(path);
  bytes.writeUInt8(bytes.readUInt8(offset) ^ 1, offset);
  writeFileSync(path, bytes);
}

/** Exchanges the contents of two files. */
export function swap(one: string, other: string): void {
  const [first, second] = [readFileSync(one), readFileSync(other)];
  writeFileSync(one, second);
  writeFileSync(other, first);
}

export const cutInHalf = (path: string): void => truncateSync(path, readFileSync(path).length >> 1);

export const remove = unlinkSync;
