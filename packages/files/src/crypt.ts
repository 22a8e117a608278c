/** One way in and one way out for all schemes. */

import { FilesError } from './errors.ts';
import { GcmDecryptor, GcmEncryptor } from './gcm.ts';
import { containerSize } from './protected/layout.ts';
import { decryptProtectedFile } from './protected/reader.ts';
import { ProtectedFileWriter } from './protected/writer.ts';
import {
  type Bytes,
  checkFileKey,
  type FileKey,
  type RandomAccessSink,
  type Scheme,
  TAG_BYTES,
} from './scheme.ts';
import { WriteBehind } from './write-behind.ts';

export interface Encrypted {
  /** 16 bytes: what Teaclave calls the file's cmac. */
  readonly tag: Uint8Array;
  readonly plaintextSize: number;
  /** Size of the ciphertext. */
  readonly size: number;
}

export interface Decrypted {
  /** The tag that the file has: it was checked. */
  readonly tag: Uint8Array;
  readonly plaintextSize: number;
}

export interface EncryptOptions {
  readonly key: FileKey;
  /** teaclave-file-128 wants the name that it will be opened under. */
  readonly name?: string;
}

export interface DecryptOptions extends EncryptOptions {
  /** The tag that the file must have. */
  readonly tag?: Uint8Array;
}

/** Size of the ciphertext of so many bytes. */
export function ciphertextSize(scheme: Scheme, plaintextSize: number): number {
  return scheme === 'teaclave-file-128' ? containerSize(plaintextSize) : plaintextSize + TAG_BYTES;
}

/** Encrypts a stream into a sink, in constant memory (see `ProtectedFileWriter` for what it keeps). */
export async function encrypt(
  source: Bytes,
  sink: RandomAccessSink,
  options: EncryptOptions,
): Promise<Encrypted> {
  const { key } = options;
  checkFileKey(key);
  if (key.scheme === 'teaclave-file-128') {
    if (options.name === undefined) {
      throw new FilesError(
        'bad-name',
        'teaclave-file-128 binds a file name: say under which it will be stored.',
      );
    }
    const writer = new ProtectedFileWriter(key.key, options.name, sink);
    for await (const chunk of source) await writer.write(chunk);
    return writer.finish();
  }
  const encryptor = new GcmEncryptor(key);
  let position = 0;
  const behind = new WriteBehind((bytes: Uint8Array, at: number) => sink.write(bytes, at));
  try {
    for await (const chunk of source) {
      await behind.write(encryptor.update(chunk), position);
      position += chunk.length;
    }
    await behind.end();
  } finally {
    await behind.settle();
  }
  const tag = encryptor.finish();
  await sink.write(tag, position);
  return { tag, plaintextSize: position, size: position + TAG_BYTES };
}

/**
 * Decrypts into `keep`, which must keep the plaintext to itself until the promise resolves: under a one-tag scheme
 * nothing is authentic before the last byte was checked. Rejects with `FilesError`, and then all that `keep` got is
 * to be thrown away.
 */
export async function decryptPrivately(
  source: Bytes,
  keep: (plaintext: Uint8Array) => void | Promise<void>,
  options: DecryptOptions,
): Promise<Decrypted> {
  checkFileKey(options.key);
  let plaintextSize = 0;
  const behind = new WriteBehind(keep);
  const chunks = plaintexts(source, options);
  try {
    for (;;) {
      const { done, value } = await chunks.next();
      if (done) {
        await behind.end();
        return { tag: value, plaintextSize };
      }
      plaintextSize += value.length;
      await behind.write(value);
    }
  } finally {
    await behind.settle();
    await chunks.return(new Uint8Array());
  }
}

/** Returns the tag once everything is authentic. Each chunk is a buffer of its own. */
function plaintexts(
  source: Bytes,
  { key, name, tag }: DecryptOptions,
): AsyncGenerator<Uint8Array, Uint8Array> {
  if (key.scheme !== 'teaclave-file-128') return decryptGcm(source, key, tag);
  return decryptProtectedFile(source, {
    key: key.key,
    ...(name === undefined ? {} : { name }),
    ...(tag ? { tag } : {}),
  });
}

async function* decryptGcm(
  source: Bytes,
  key: FileKey,
  expected: Uint8Array | undefined,
): AsyncGenerator<Uint8Array, Uint8Array> {
  const decryptor = new GcmDecryptor(key);
  for await (const chunk of source) yield* decryptor.decryptUnverified(chunk);
  return decryptor.finish(expected);
}
