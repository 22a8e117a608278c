/** `node:crypto`: synchronous, and several times faster than WebCrypto for one signature. */

import { constants, createPublicKey, hash as digest, type KeyObject, verify } from 'node:crypto';
import { element, integer } from '../der/write.ts';
import { limits } from '../limits.ts';
import { type Crypto, fits, type PublicKey, spkiOf } from './crypto.ts';

/** Importing a key costs about as much as a verification, and roots and authorities are the same ones every time. */
const MAX_KEYS = limits.importedKeys.value;
const imported = new Map<string, KeyObject>();

function importKey(key: PublicKey): KeyObject {
  const spki = spkiOf(key);
  const der = Buffer.from(spki.buffer, spki.byteOffset, spki.byteLength);
  const name = der.toString('latin1');
  let object = imported.get(name);
  if (object !== undefined) return object;
  object = createPublicKey({ key: der, format: 'der', type: 'spki' });
  // A Map keeps the order of insertion: the first one is the oldest.
  for (const oldest of imported.keys()) {
    if (imported.size < MAX_KEYS) break;
    imported.delete(oldest);
  }
  imported.set(name, object);
  return object;
}

const SEQUENCE = 0x30;

/** The engine of Node. */
export const crypto: Crypto = {
  digest(hash, data) {
    const out = digest(hash, data, 'buffer');
    return new Uint8Array(out.buffer, out.byteOffset, out.byteLength);
  },

  verify(key, scheme, signature, data) {
    if (!fits(key, scheme, signature)) return false;
    try {
      const object = importKey(key);
      if (scheme.name === 'ed25519') return verify(null, data, object, signature);
      if (scheme.name === 'ecdsa') {
        const size = signature.length / 2;
        // Node takes r ‖ s too (dsaEncoding), at half again the time.
        const der = element(
          SEQUENCE,
          integer(signature.subarray(0, size)),
          integer(signature.subarray(size)),
        );
        return verify(scheme.hash, data, object, der);
      }
      if (scheme.name === 'rsa-pkcs1') {
        return verify(scheme.hash, data, { key: object, padding: constants.RSA_PKCS1_PADDING }, signature);
      }
      return verify(
        scheme.hash,
        data,
        {
          key: object,
          padding: constants.RSA_PKCS1_PSS_PADDING,
          saltLength: scheme.salt ?? constants.RSA_PSS_SALTLEN_AUTO,
        },
        signature,
      );
    } catch {
      // OpenSSL throws for a point that is not on its curve, a modulus of 0 and the like: no such signature verifies.
      return false;
    }
  },
};
