/** TPMT_SIGNATURE (TPM 2.0 Library, Part 2, 11.3.4). */
import { Reader } from '../bytes.ts';
import {
  type Crypto,
  curveBytes,
  type Hash,
  type PublicKey,
  type SignatureScheme,
} from '../crypto/crypto.ts';
import { Refusal } from '../refusal.ts';
import { hashOf } from '../tcg/algorithms.ts';
import { tpm2b } from './attest.ts';

/** What the caller of a verification lets pass. */
export interface TpmOptions {
  /** Takes signatures over SHA-1, as older TPMs make them: who finds a collision can exchange what is signed. Default: no. */
  readonly allowSha1?: boolean;
}

/** A signature taken apart. */
export interface TpmSignature {
  readonly name: 'rsassa' | 'rsapss' | 'ecdsa';
  readonly hash: Hash;
  /** RSA: the number. ECDSA: r and s, which may have lost leading zeros. */
  readonly parts: readonly Uint8Array[];
}

const names: Readonly<Record<number, TpmSignature['name']>> = { 20: 'rsassa', 22: 'rsapss', 24: 'ecdsa' };

/** Throws `Refusal`: "malformed", "unsupported-algorithm". */
export function parseTpmSignature(bytes: Uint8Array): TpmSignature {
  const reader = new Reader(bytes, 'The TPM signature', 'big');
  const scheme = reader.u16();
  const name = names[scheme];
  if (name === undefined)
    throw new Refusal('unsupported-algorithm', `A TPM signature of the scheme 0x${scheme.toString(16)}.`);
  const hash = hashOf(reader.u16());
  const parts = name === 'ecdsa' ? [tpm2b(reader), tpm2b(reader)] : [tpm2b(reader)];
  reader.end();
  return { name, hash, parts };
}

/** A bare RSASSA-PKCS1 signature with SHA-256, as Azure's guests hand it on. */
export function rawRsaSignature(bytes: Uint8Array): TpmSignature {
  return { name: 'rsassa', hash: 'sha256', parts: [bytes] };
}

const schemes = {
  rsassa: 'rsa-pkcs1',
  rsapss: 'rsa-pss',
  ecdsa: 'ecdsa',
} as const satisfies Record<TpmSignature['name'], SignatureScheme['name']>;

/** r ‖ s of the curve's size; undefined if a part is longer. */
function fixedSize(parts: readonly Uint8Array[], size: number): Uint8Array | undefined {
  const raw = new Uint8Array(2 * size);
  for (const [index, part] of parts.entries()) {
    if (part.length > size) return undefined;
    raw.set(part, (index + 1) * size - part.length);
  }
  return raw;
}

/** Throws "weak-hash" for SHA-1 unless it is allowed, and "tpm-signature" for a signature that does not verify. */
export async function checkTpmSignature(
  signature: TpmSignature,
  signed: Uint8Array,
  key: PublicKey,
  { crypto, allowSha1 = false }: TpmOptions & { readonly crypto: Crypto },
): Promise<void> {
  if (signature.hash === 'sha1' && !allowSha1) throw new Refusal('weak-hash', 'The TPM signed with SHA-1.');
  const raw = key.type === 'ec' ? fixedSize(signature.parts, curveBytes[key.curve]) : signature.parts[0];
  const scheme = { name: schemes[signature.name], hash: signature.hash };
  if (raw === undefined || !(await crypto.verify(key, scheme, raw, signed)))
    throw new Refusal('tpm-signature');
}
