/** Writes zips, good and bad, for tests. */
import { crc32, deflateRawSync } from 'node:zlib';

export type Entry =
  | string
  | Uint8Array
  | {
      readonly data: string | Uint8Array;
      /** Unix mode, with the kind of file. */
      readonly mode?: number;
      /** The size that it says to have. */
      readonly claimed?: number;
    };

export function zip(entries: Readonly<Record<string, Entry>>): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [path, entry] of Object.entries(entries)) {
    const plain = typeof entry === 'string' || entry instanceof Uint8Array ? { data: entry } : entry;
    const data = Buffer.from(plain.data as string);
    const packed = deflateRawSync(data);
    const name = Buffer.from(path);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(plain.claimed ?? data.length, 18);
    common.writeUInt16LE(name.length, 22);
    const end = Buffer.alloc(14);
    end.writeUInt32LE(((plain.mode ?? 0o100644) << 16) >>> 0, 6);
    end.writeUInt32LE(offset, 10);
    // 0x0314: made on Unix.
    directory.push(Buffer.from('PK\x01\x02\x14\x03'), common, end, name);
    const file = Buffer.concat([Buffer.from('PK\x03\x04'), common, name, packed]);
    files.push(file);
    offset += file.length;
  }
  const list = Buffer.concat(directory);
  const last = Buffer.alloc(22);
  last.write('PK\x05\x06', 'latin1');
  last.writeUInt16LE(files.length, 8);
  last.writeUInt16LE(files.length, 10);
  last.writeUInt32LE(list.length, 12);
  last.writeUInt32LE(offset, 16);
  return Buffer.concat([...files, list, last]);
}
