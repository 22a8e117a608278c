/**
 * Files of a zip that somebody else made, for reading them. Of a zip that could be one thing here and another to the runner (two lists of
 * files, two names of one file, bytes that no list names) nothing is shown.
 */
import { crc32, inflateRawSync } from 'node:zlib';
import { limits } from '../limits.ts';

/** It is no zip of the plain kind; `message` says why. */
export class ZipError extends Error {
  override readonly name = 'ZipError';
}

const END = 22;
const CENTRAL = 46;
const LOCAL = 30;

/** Path and bytes, in the order of the zip. Throws `ZipError`. */
export function readZip(bytes: Uint8Array): Map<string, Uint8Array> {
  const zip = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const { count, size, offset } = readEnd(zip);
  const files = new Map<string, Uint8Array>();
  let at = offset;
  let expected = 0;
  let total = 0;
  for (let index = 0; index < count; index++) {
    const entry = readEntry(zip, at, offset + size);
    if (entry.local !== expected) throw new ZipError('its files do not follow one another');
    const { data, end } = readFile(zip, entry, limits.codeUnpacked.value - total);
    total += data.length;
    expected = end;
    at = entry.end;
    if (entry.path.endsWith('/') && data.length === 0) continue;
    if (files.has(entry.path)) throw new ZipError(`${JSON.stringify(entry.path)} is in it twice`);
    requirePlain(entry.path);
    files.set(entry.path, data);
  }
  if (at !== offset + size || expected !== offset)
    throw new ZipError('it has bytes that its list does not name');
  return files;
}

function readEnd(zip: Buffer): { readonly count: number; readonly size: number; readonly offset: number } {
  const at = zip.length - END;
  if (at < 0 || zip.readUInt32LE(at) !== 0x06054b50 || zip.readUInt16LE(at + 20) !== 0)
    throw new ZipError('its end is not that of a zip without a comment');
  const [disk, listDisk, here, count] = [4, 6, 8, 10].map((place) => zip.readUInt16LE(at + place));
  const size = zip.readUInt32LE(at + 12);
  const offset = zip.readUInt32LE(at + 16);
  if (disk !== 0 || listDisk !== 0 || here !== count || count === undefined)
    throw new ZipError('it has several parts');
  if (offset + size !== at) throw new ZipError('its list is not where its end says');
  if (count > limits.codeFiles.value) throw new ZipError(`it has more than ${limits.codeFiles.value} files`);
  return { count, size, offset };
}

interface ZipEntry {
  readonly path: string;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly local: number;
  /** Where the next entry begins. */
  readonly end: number;
}

function readEntry(zip: Buffer, at: number, listEnd: number): ZipEntry {
  if (at + CENTRAL > listEnd || zip.readUInt32LE(at) !== 0x02014b50)
    throw new ZipError('its list is shorter than it says');
  const flags = zip.readUInt16LE(at + 8);
  const [nameLength = 0, extra = 0, comment = 0] = [28, 30, 32].map((place) => zip.readUInt16LE(at + place));
  const end = at + CENTRAL + nameLength + extra + comment;
  if (end > listEnd) throw new ZipError('its list is shorter than it says');
  // Encrypted, patched or with masked headers.
  if ((flags & ~0x080e) !== 0) throw new ZipError('a file in it is encrypted, or of a kind that is not read');
  const kind = (zip.readUInt32LE(at + 38) >>> 16) & 0o170000;
  if (kind !== 0 && kind !== 0o100000 && kind !== 0o040000)
    throw new ZipError('it has a link, or no plain file');
  return {
    path: pathOf(zip.subarray(at + CENTRAL, at + CENTRAL + nameLength)),
    method: zip.readUInt16LE(at + 10),
    crc: zip.readUInt32LE(at + 16),
    packed: zip.readUInt32LE(at + 20),
    size: zip.readUInt32LE(at + 24),
    local: zip.readUInt32LE(at + 42),
    end,
  };
}

function readFile(
  zip: Buffer,
  { path, method, crc, packed, size, local }: ZipEntry,
  room: number,
): { readonly data: Uint8Array; readonly end: number } {
  const what = JSON.stringify(path);
  if (local + LOCAL > zip.length || zip.readUInt32LE(local) !== 0x04034b50)
    throw new ZipError(`${what} is not where its list says`);
  const nameEnd = local + LOCAL + zip.readUInt16LE(local + 26);
  const start = nameEnd + zip.readUInt16LE(local + 28);
  if (start + packed > zip.length || pathOf(zip.subarray(local + LOCAL, nameEnd)) !== path)
    throw new ZipError(`${what} has another name or place beside its bytes`);
  if (size > room) throw new ZipError(`it unpacks to more than ${limits.codeUnpacked.value} bytes`);
  const stored = zip.subarray(start, start + packed);
  const data = method === 0 ? stored : method === 8 ? inflate(stored, size, what) : undefined;
  if (data === undefined) throw new ZipError(`${what} is packed in a way that is not read`);
  if (data.length !== size || crc32(data) !== crc) throw new ZipError(`${what} is damaged`);
  return { data, end: endOf(zip, start + packed, zip.readUInt16LE(local + 6)) };
}

/** Behind the descriptor that streams write after a file. */
function endOf(zip: Buffer, at: number, flags: number): number {
  if ((flags & 8) === 0) return at;
  const isMarked = at + 4 <= zip.length && zip.readUInt32LE(at) === 0x08074b50;
  return at + (isMarked ? 16 : 12);
}

function inflate(packed: Uint8Array, size: number, what: string): Uint8Array {
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(size, 1) });
  } catch (cause) {
    throw new ZipError(`${what} is damaged`, { cause });
  }
}

function pathOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new ZipError('a name in it is not UTF-8', { cause });
  }
}

/** A path that can be written below a folder, and is one and the same everywhere. */
function requirePlain(path: string): void {
  const parts = path.split('/');
  const isPlain = parts.every(
    (part) => part !== '' && part !== '.' && part !== '..' && part.length <= 255 && !/[\\:\p{C}]/u.test(part),
  );
  if (!isPlain || path.length > 1000) throw new ZipError(`${JSON.stringify(path)} is no plain path`);
}
