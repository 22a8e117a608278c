/** WebCrypto: browsers, Deno, Bun, workers, and Node too. Signatures and hashes there are asynchronous. */
// Types only: the types of WebCrypto, which Node's declarations have under this name.
import type { webcrypto } from 'node:crypto';
import { toUnshared } from '../bytes.ts';
import {
  type Crypto,
  fits,
  type Hash,
  hashBytes,
  type PublicKey,
  type SignatureScheme,
  spkiOf,
} from './crypto.ts';

const names: Readonly<Record<Hash, string>> = {
  sha1: 'SHA-1',
  sha256: 'SHA-256',
  sha384: 'SHA-384',
  sha512: 'SHA-512',
};

/** A key that lives in parsed (perhaps cached) evidence is imported once for each use. */
const imported = new WeakMap<PublicKey, Map<string, Promise<webcrypto.CryptoKey>>>();

function importKey(key: PublicKey, scheme: SignatureScheme): Promise<webcrypto.CryptoKey> {
  const use = scheme.name === 'ecdsa' || scheme.name === 'ed25519' ? '' : `${scheme.name} ${scheme.hash}`;
  let uses = imported.get(key);
  if (uses === undefined) {
    uses = new Map();
    imported.set(key, uses);
  }
  let made = uses.get(use);
  if (made === undefined) {
    made = importAs(key, scheme);
    uses.set(use, made);
  }
  return made;
}

function importAs(key: PublicKey, scheme: SignatureScheme): Promise<webcrypto.CryptoKey> {
  const usages: webcrypto.KeyUsage[] = ['verify'];
  const { subtle } = globalThis.crypto;
  if (key.type === 'ec') {
    const algorithm = { name: 'ECDSA', namedCurve: key.curve };
    return subtle.importKey('raw', toUnshared(key.point), algorithm, false, usages);
  }
  if (key.type === 'ed25519') {
    return subtle.importKey('raw', toUnshared(key.raw), { name: 'Ed25519' }, false, usages);
  }
  if (scheme.name === 'ed25519') throw new TypeError('An RSA key makes no Ed25519 signature.');
  const algorithm = {
    name: scheme.name === 'rsa-pss' ? 'RSA-PSS' : 'RSASSA-PKCS1-v1_5',
    hash: names[scheme.hash],
  };
  return subtle.importKey('spki', toUnshared(spkiOf(key)), algorithm, false, usages);
}

/** The salts that a PSS signature of unknown salt may have, in bytes. */
function salts(bits: number, hash: Hash): number[] {
  const size = hashBytes[hash];
  return [size, Math.ceil((bits - 1) / 8) - size - 2];
}

async function verifyWith(
  key: PublicKey,
  scheme: SignatureScheme,
  signature: Uint8Array,
  data: Uint8Array,
): Promise<boolean> {
  const { subtle } = globalThis.crypto;
  const object = await importKey(key, scheme);
  const check = (algorithm: webcrypto.AlgorithmIdentifier | webcrypto.EcdsaParams | webcrypto.RsaPssParams) =>
    subtle.verify(algorithm, object, toUnshared(signature), toUnshared(data));
  if (scheme.name === 'ed25519') return check({ name: 'Ed25519' });
  if (scheme.name === 'rsa-pkcs1') return check({ name: 'RSASSA-PKCS1-v1_5' });
  if (scheme.name === 'ecdsa') return check({ name: 'ECDSA', hash: names[scheme.hash] });
  const bits = key.type === 'rsa' ? key.bits : 0;
  for (const saltLength of scheme.salt === undefined ? salts(bits, scheme.hash) : [scheme.salt]) {
    if (saltLength >= 0 && (await check({ name: 'RSA-PSS', saltLength }))) return true;
  }
  return false;
}

/** The engine of WebCrypto: `@gaiwan/attestation/webcrypto`. */
export const crypto: Crypto = {
  async digest(hash, data) {
    return new Uint8Array(await globalThis.crypto.subtle.digest(names[hash], toUnshared(data)));
  },

  async verify(key, scheme, signature, data) {
    if (!fits(key, scheme, signature)) return false;
    try {
      return await verifyWith(key, scheme, signature, data);
    } catch {
      // Engines throw for a point that is not on its curve and the like: no such signature verifies.
      return false;
    }
  },
};
