import { createDecipheriv } from 'node:crypto';
import { onlineDecryptEntry } from '@gaiwan/catalogue/entries';
import { decodeArguments } from '../arguments/decode.ts';
import type { CataloguedFunction } from '../function.ts';
import { FunctionError } from '../refusal.ts';
import { decodeBase64 } from './base64.ts';

const NONCE = 12;
const TAG = 16;
const ALGORITHMS: Readonly<
  Record<string, { readonly cipher: 'aes-128-gcm' | 'aes-256-gcm'; readonly key: number }>
> = {
  aes128gcm: { cipher: 'aes-128-gcm', key: 16 },
  aes256gcm: { cipher: 'aes-256-gcm', key: 32 },
};

/** AES-GCM without additional data. Throws `FunctionError` ("decryption error"). */
function openSealed(algorithm: string, key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array): Buffer {
  const found = Object.hasOwn(ALGORITHMS, algorithm) ? ALGORITHMS[algorithm] : undefined;
  if (!found) throw new FunctionError('invalid-arguments', 'Invalid algorithm');
  if (nonce.length < NONCE) {
    throw new FunctionError(
      'invalid-arguments',
      `The argument "nonce" must be base64 of at least 12 bytes, not of ${nonce.length}.`,
    );
  }
  if (key.length !== found.key || sealed.length < TAG)
    throw new FunctionError('decryption-failed', 'decryption error');
  const options = { authTagLength: TAG };
  const decipher = createDecipheriv(found.cipher, key, nonce.subarray(0, NONCE), options);
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG));
  const plaintext = decipher.update(sealed.subarray(0, sealed.length - TAG));
  try {
    decipher.final();
  } catch (cause) {
    plaintext.fill(0);
    throw new FunctionError('decryption-failed', 'decryption error', { cause });
  }
  return plaintext;
}

function toText(plaintext: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(plaintext);
  } catch (cause) {
    // The misnomer is the interface.
    throw new FunctionError('decryption-failed', 'base64 decoded error', { cause });
  } finally {
    plaintext.fill(0);
  }
}

/** Decrypts a text with a key, both arguments of the task (contract 1.3). */
export const onlineDecrypt: CataloguedFunction = {
  name: onlineDecryptEntry.name,
  entry: onlineDecryptEntry,
  run(context) {
    const args = decodeArguments(context.args, onlineDecryptEntry.arguments);
    const key = decodeBase64(args.key);
    try {
      return toText(
        openSealed(args.algorithm, key, decodeBase64(args.nonce), decodeBase64(args.encrypted_data)),
      );
    } finally {
      key.fill(0);
    }
  },
};
