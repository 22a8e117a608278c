/** Hashing by WebCrypto: in Node and in browsers. */
import type { Hash } from '@gaiwan/attestation';
import { toUnshared } from '@gaiwan/attestation/bytes';

const webNames: Readonly<Record<Hash, string>> = {
  sha1: 'SHA-1',
  sha256: 'SHA-256',
  sha384: 'SHA-384',
  sha512: 'SHA-512',
};

/** The digest, by the names of `@gaiwan/attestation`. */
export async function digest(hash: Hash, data: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await globalThis.crypto.subtle.digest(webNames[hash], toUnshared(data)));
}
