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

/** The stored name defaults to the output's file name. */
export async function encryptFile(
  input: string,
  output: string,
  options: EncryptOptions & Progress,
): Promise<Encrypted> {
  const name = options.name ?? (goesToStandardOutput(output) ? undefined : basename(output));
  return withPendingFile(output, async (file) =>
    encrypt(readChunks(input, options.onProgress), file, {
      ...options,
      ...(name === undefined ? {} : { name }),
    }),
  );
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
