/** Files of the file system: encrypted or decrypted whole or not at all. `-` is standard input or output. */
import { tmpdir } from 'node:os';
import { basename } from 'node:path';
import {
  type Decrypted,
  type DecryptOptions,
  decryptPrivately,
  type Encrypted,
  type EncryptOptions,
  encrypt,
} from '../crypt.ts';
import { PendingFile, readChunks } from './io.ts';
import { goesToStandardOutput, isStandardInput } from './target.ts';

export { PendingFile, readChunks } from './io.ts';
export { goesToStandardOutput, isStandardInput } from './target.ts';

export interface Progress {
  /** Gets the number of bytes read so far. */
  readonly onProgress?: (bytes: number) => void;
}

export interface Watched {
  /** Gets each piece of the plaintext, in order, before it is encrypted: what is encrypted is what was seen. */
  readonly onPlaintext?: ((piece: Uint8Array) => void) | undefined;
}

/** The stored name defaults to the output's file name. */
export async function encryptFile(
  input: string,
  output: string,
  options: EncryptOptions & Progress & Watched,
): Promise<Encrypted> {
  const name = options.name ?? (goesToStandardOutput(output) ? undefined : basename(output));
  return withPendingFile(output, async (file) =>
    encrypt(watched(readChunks(input, options.onProgress), options.onPlaintext), file, {
      ...options,
      ...(name === undefined ? {} : { name }),
    }),
  );
}

async function* watched(
  source: AsyncIterable<Uint8Array>,
  see: Watched['onPlaintext'],
): AsyncGenerator<Uint8Array> {
  for await (const piece of source) {
    see?.(piece);
    yield piece;
  }
}

/** The expected stored name defaults to the input's file name. The output appears once everything is authentic. */
export async function decryptFile(
  input: string,
  output: string,
  options: DecryptOptions & Progress,
): Promise<Decrypted> {
  const name = options.name ?? (isStandardInput(input) ? undefined : basename(input));
  return withPendingFile(output, (file) =>
    decryptPrivately(readChunks(input, options.onProgress), (plaintext) => file.append(plaintext), {
      ...options,
      ...(name === undefined ? {} : { name }),
    }),
  );
}

async function withPendingFile<T>(path: string, fill: (file: PendingFile) => Promise<T>): Promise<T> {
  const file = await PendingFile.create(path, tmpdir());
  try {
    const result = await fill(file);
    await file.release();
    return result;
  } catch (error) {
    await file.discard();
    throw error;
  }
}
