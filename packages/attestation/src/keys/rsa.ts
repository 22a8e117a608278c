/** RSA keys from modulus and exponent. */
import { fromHex } from '../bytes.ts';
import type { PublicKey } from '../crypto/crypto.ts';
import { tag } from '../der/reader.ts';
import { element, integer } from '../der/write.ts';
import { publicKeyOf } from './spki.ts';

/** AlgorithmIdentifier of rsaEncryption, with its NULL. */
const RSA_ENCRYPTION = fromHex('300d06092a864886f70d0101010500');

/** Throws `Refusal` "unsupported-key-type" for a modulus of an unusual size. */
export function rsaKey(modulus: Uint8Array, exponent: number | Uint8Array): PublicKey {
  const e =
    typeof exponent === 'number'
      ? Uint8Array.of(exponent >>> 24, (exponent >>> 16) & 255, (exponent >>> 8) & 255, exponent & 255)
      : exponent;
  const key = element(tag.sequence, integer(modulus), integer(e));
  return publicKeyOf(element(tag.sequence, RSA_ENCRYPTION, element(tag.bitString, Uint8Array.of(0), key)));
}
