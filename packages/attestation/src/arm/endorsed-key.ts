/** Public keys as endorsements give them. */
import { text } from '../bytes.ts';
import type { PublicKey } from '../crypto/crypto.ts';
import { pemBlocks } from '../der/pem.ts';
import { parseJsonObject } from '../json/scan.ts';
import { jwkKey } from '../keys/jwk.ts';
import { publicKeyOf } from '../keys/spki.ts';
import { Refusal } from '../refusal.ts';

/** A key from SubjectPublicKeyInfo (DER or PEM) or from a JWK. Throws `Refusal`. */
export function endorsedKey(bytes: Uint8Array | undefined, what: string): PublicKey {
  if (bytes === undefined) throw new Refusal('missing-collateral', `The ${what} was not given.`);
  if (bytes[0] === 0x30) return publicKeyOf(bytes);
  const readable = text(bytes);
  if (readable.trimStart().startsWith('{')) return jwkKey(parseJsonObject(readable));
  const [spki] = pemBlocks(readable, 'PUBLIC KEY');
  if (spki === undefined) throw new Refusal('malformed', `The ${what} is neither DER, PEM nor a JWK.`);
  return publicKeyOf(spki);
}
