/** AES-128-GCM of one node: zero IV and no additional data, under a key that is used once. */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { FilesError } from '../errors.ts';

const IV = new Uint8Array(12);

export function sealNode(
  key: Uint8Array,
  plaintext: Uint8Array,
): { ciphertext: Uint8Array; tag: Uint8Array } {
  const cipher = createCipheriv('aes-128-gcm', key, IV);
  const ciphertext = cipher.update(plaintext);
  cipher.final();
  return { ciphertext, tag: cipher.getAuthTag() };
}

export function openNode(key: Uint8Array, ciphertext: Uint8Array, tag: Uint8Array, what: string): Uint8Array {
  const decipher = createDecipheriv('aes-128-gcm', key, IV, { authTagLength: 16 });
  decipher.setAuthTag(tag);
  const plaintext = decipher.update(ciphertext);
  try {
    decipher.final();
  } catch (cause) {
    throw new FilesError(
      'corrupt',
      `${what} does not authenticate: the key is wrong, or its bytes were changed.`,
      {
        cause,
      },
    );
  }
  return plaintext;
}
