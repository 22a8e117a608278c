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

export interface Encrypted {
  /** 16 bytes: what Teaclave calls the file's cmac. */
  readonly tag: Uint8Array;
  readonly plaintextSize: number;
  /** Size of the ciphertext. */
  readonly size: number;
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
  for await (const chunk of source) {
    await sink.write(encryptor.update(chunk), position);
    position += chunk.length;
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
): Promise<{ tag?: Uint8Array; plaintextSize: number }> {
  checkFileKey(options.key);
  let plaintextSize = 0;
  if (options.key.scheme === 'teaclave-file-128') {
    const { name, tag } = options;
    const settings = {
      key: options.key.key,
      ...(name === undefined ? {} : { name }),
      ...(tag ? { tag } : {}),
    };
    for await (const chunk of decryptProtectedFile(source, settings)) {
      plaintextSize += chunk.length;
      await keep(chunk);
    }
    return { plaintextSize };
  }
  const decryptor = new GcmDecryptor(options.key);
  for await (const chunk of source) {
    for (const plaintext of decryptor.unverified(chunk)) {
      plaintextSize += plaintext.length;
      await keep(plaintext);
    }
  }
  return { tag: decryptor.finish(options.tag), plaintextSize };
}
