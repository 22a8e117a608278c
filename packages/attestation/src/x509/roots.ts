/** Roots of trust: pinned keys of vendors, or certificates that a caller trusts. */
import { equal, fromHex, toHex } from '../bytes.ts';
import type { Context } from '../context.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { Refusal } from '../refusal.ts';
import { type Certificate, commonName } from './certificate.ts';
import { parseCertificates } from './chain.ts';

/** A root that is trusted: the SHA-256 of its SubjectPublicKeyInfo, so that a renewed certificate of one key is the same root. */
export type RootKey = Uint8Array;

/** Pinned keys of a vendor from hexadecimal. */
export function rootKeys(...digests: string[]): readonly RootKey[] {
  return digests.map(fromHex);
}

/** The root keys of certificates that a caller trusts (DER or PEM each). */
export async function rootKeysOf(
  certificates: readonly Uint8Array[],
  crypto: Crypto,
): Promise<readonly RootKey[]> {
  const roots = certificates.flatMap(parseCertificates);
  return Promise.all(roots.map(async (root) => crypto.digest('sha256', root.spki)));
}

/** Throws "untrusted-root" unless the last certificate's key is one of the roots. */
export async function checkRoot(
  chain: readonly Certificate[],
  roots: readonly RootKey[],
  crypto: Crypto,
): Promise<void> {
  const root = chain[chain.length - 1];
  const key = root && (await crypto.digest('sha256', root.spki));
  if (key === undefined || !roots.some((trusted) => equal(trusted, key))) {
    throw new Refusal(
      'untrusted-root',
      `The chain ends in "${root && commonName(root.subject)}" with the key ${key && toHex(key)}, which is not a trusted root.`,
    );
  }
}

/** The caller's roots, or else the pinned ones. */
export async function anchors(
  given: readonly Uint8Array[] | undefined,
  pinned: readonly RootKey[],
  context: Context,
): Promise<readonly RootKey[]> {
  return given === undefined ? pinned : rootKeysOf(given, context.crypto);
}
