/** A user's own key, as the SDK uses it. */
import type { KeyAlgorithm } from '@gaiwan/protocol';

/**
 * Signs with a key that the SDK never sees: a file, an agent, a smart card. What it signs is a statement of one call, in canonical
 * JSON, so it can show what it is asked for.
 *
 * ```ts
 * const signer: Signer = { algorithm: 'ES256', publicKey: spki, sign: (bytes) => card.sign(bytes) };
 * await client.login('alice', password, { signer });
 * ```
 */
export interface Signer {
  readonly algorithm: KeyAlgorithm;
  /** SubjectPublicKeyInfo (DER) of Ed25519 or P-256. */
  readonly publicKey: Uint8Array;
  /** 64 bytes: of Ed25519 over the bytes, or r and s of ES256 over their SHA-256 (IEEE P1363). */
  sign(bytes: Uint8Array): Promise<Uint8Array> | Uint8Array;
}
