/** Roots of trust: pinned keys of vendors, or certificates that a caller trusts. */
import { equal, fromHex, toHex } from '../bytes.ts';
import type { Context } from '../context.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { Refusal } from '../refusal.ts';
import { type Certificate, commonName } from './certificate.ts';
import { parseCertificates } from './chain.ts';
import { isSimulatedRoot } from './simulated.ts';

/** A root that is trusted: by its key, so that a renewed certificate of one key is the same root. */
export interface TrustAnchor {
  /** SHA-256 of its SubjectPublicKeyInfo. */
  readonly key: Uint8Array;
  /** Whether the trusted certificate says that its machines are simulated. */
  readonly simulated: boolean;
}

/** What the root that a chain ends in says of everything below it. */
export interface RootFacts {
  /** Whether the machines below the root are simulated, and prove nothing about any hardware. */
  readonly simulated: boolean;
}

/** Pinned keys of a vendor, hexadecimal. */
export function pinnedRoots(...keys: string[]): readonly TrustAnchor[] {
  return keys.map((key) => ({ key: fromHex(key), simulated: false }));
}

/** The anchors of certificates that a caller trusts (DER or PEM each). */
export async function anchorsOf(
  certificates: readonly Uint8Array[],
  crypto: Crypto,
): Promise<readonly TrustAnchor[]> {
  const roots = certificates.flatMap(parseCertificates);
  return Promise.all(
    roots.map(async (root) => ({
      key: await crypto.digest('sha256', root.spki),
      simulated: isSimulatedRoot(root),
    })),
  );
}

/** The caller's roots, or else the pinned ones. */
export async function chooseAnchors(
  given: readonly Uint8Array[] | undefined,
  pinned: readonly TrustAnchor[],
  context: Context,
): Promise<readonly TrustAnchor[]> {
  return given === undefined ? pinned : anchorsOf(given, context.crypto);
}

/**
 * Throws "untrusted-root" unless the last certificate's key is that of an anchor. Whether the root is simulated is said by the
 * trusted certificate as well as by the one in the chain: who holds the key cannot take the mark away by issuing the root anew.
 */
export async function checkRoot(
  chain: readonly Certificate[],
  anchors: readonly TrustAnchor[],
  crypto: Crypto,
): Promise<RootFacts> {
  const root = chain.at(-1);
  const key = root && (await crypto.digest('sha256', root.spki));
  const matching = key === undefined ? [] : anchors.filter((anchor) => equal(anchor.key, key));
  if (root === undefined || key === undefined || matching.length === 0) {
    throw new Refusal(
      'untrusted-root',
      `The chain ends in "${root && commonName(root.subject)}" with the key ${key && toHex(key)}, which is not a trusted root.`,
    );
  }
  return { simulated: isSimulatedRoot(root) || matching.some(({ simulated }) => simulated) };
}
