/** The schemes of Teaclave's `FileCryptoInfo` and the keys that they want. */
import { FilesError } from './errors.ts';
import { limits } from './limits.ts';

export const schemes = ['aes-gcm-128', 'aes-gcm-256', 'teaclave-file-128'] as const;
export type Scheme = (typeof schemes)[number];

/** `key`: 16 bytes (32 for aes-gcm-256). `iv`: 12 bytes for aes-gcm-*, none for teaclave-file-128. */
export interface FileKey {
  readonly scheme: Scheme;
  readonly key: Uint8Array;
  readonly iv?: Uint8Array;
}

export const TAG_BYTES = 16;
const IV_BYTES = 12;

/** Throws `FilesError` unless scheme, key and IV fit each other. */
export function checkFileKey({ scheme, key, iv }: FileKey): void {
  if (!schemes.includes(scheme)) {
    throw new FilesError(
      'bad-scheme',
      `Unknown scheme "${String(scheme)}": use one of ${schemes.join(', ')}.`,
    );
  }
  const keyBytes = scheme === 'aes-gcm-256' ? 32 : 16;
  if (key.length !== keyBytes) {
    throw new FilesError(
      'bad-key-length',
      `A key for ${scheme} has ${keyBytes} bytes, this one has ${key.length}.`,
    );
  }
  const ivBytes = scheme === 'teaclave-file-128' ? 0 : IV_BYTES;
  if ((iv?.length ?? 0) !== ivBytes) {
    const want = ivBytes === 0 ? 'no IV: leave it out' : `an IV of ${ivBytes} bytes`;
    throw new FilesError('bad-iv-length', `${scheme} wants ${want}; this one has ${iv?.length ?? 0} bytes.`);
  }
}

/** teaclave-file-128 stores the name that a file was created under, at most 259 bytes of UTF-8. */
export function checkName(name: string): Uint8Array {
  const bytes = new TextEncoder().encode(name);
  if (
    bytes.length === 0 ||
    bytes.length > limits.storedName.value ||
    name === '.' ||
    name === '..' ||
    /[/\0]/.test(name)
  ) {
    throw new FilesError(
      'bad-name',
      `"${name.slice(0, 80)}" cannot be a stored name: give a bare file name of 1 to ${limits.storedName.value} bytes, without a folder.`,
    );
  }
  return bytes;
}

export type Bytes = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** Takes bytes at positions; within one file, positions may go back. */
export interface RandomAccessSink {
  /** The bytes may be reused by the caller after the promise resolves. */
  write(bytes: Uint8Array, position: number): void | Promise<void>;
}
