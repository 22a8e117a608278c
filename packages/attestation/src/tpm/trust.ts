/** Who vouches that an attestation key lives in a TPM. */
import { equal, fromHex, toHex } from '../bytes.ts';
import type { Context } from '../context.ts';
import { type PublicKey, spkiOf } from '../crypto/crypto.ts';
import { Refusal } from '../refusal.ts';
import type { Certificate } from '../x509/certificate.ts';
import { checkLinks, checkValidity, leafFirst, orderChain, parseCertificates } from '../x509/chain.ts';
import { anchorsOf, checkRoot, type RootFacts } from '../x509/roots.ts';
import type { Attest } from './attest.ts';
import { nameOf, qualifiedName, type TpmPublic } from './public.ts';

/**
 * "certificate": a CA that the caller trusts certified the key. "credential": the name is one that a TPM with a genuine
 * EK proved to hold (credential activation). "hardware": the TEE's report names the key. "caller": the caller knows the
 * key. "none": nobody, so anybody with a key of this shape could have made the quote.
 */
export type KeyTrust = 'certificate' | 'credential' | 'hardware' | 'caller' | 'none';

/** What vouches for a TPM's key. All that is given must hold. */
export interface TpmEndorsements {
  /** Certificate of the attestation key (DER or PEM), and the CAs above it; the root must be among `roots.tpm`. */
  readonly akCertificate?: Uint8Array;
  readonly akIssuers?: Uint8Array;
  /** Name (hexadecimal) that a credential activation proved to be in the TPM of a known EK. */
  readonly activatedName?: string;
  /** Where the key is a primary one of that hierarchy: what it signs must carry its qualified name. */
  readonly hierarchy?: 'owner' | 'endorsement' | 'platform';
  /** SubjectPublicKeyInfo (DER) of a key that the caller trusts. */
  readonly trustedAk?: Uint8Array;
}

/** Object identifiers in certificates of TPM keys that need no judgement: GCE's instance, subject alternative name. */
const known = new Set(['2.5.29.17', '2.5.29.9']);

/** A certificate of a TPM's key, and what its root says. */
export interface TpmCertificate extends RootFacts {
  readonly leaf: Certificate;
}

/** Chain of a TPM certificate up to a root of the caller's. */
export async function checkTpmCertificate(
  certificate: Uint8Array,
  issuers: Uint8Array | undefined,
  context: Context,
): Promise<TpmCertificate> {
  const roots = context.roots.tpm;
  if (roots === undefined)
    throw new Refusal('untrusted-root', "No root of a TPM's manufacturer or owner was given.");
  const [leaf, ...besideIt] = leafFirst(parseCertificates(certificate));
  if (leaf === undefined) throw new Refusal('cert-chain', 'There is no certificate of the TPM key.');
  const others = [
    ...besideIt,
    ...(issuers === undefined ? [] : parseCertificates(issuers)),
    ...roots.flatMap(parseCertificates),
  ];
  const chain = orderChain(leaf, others);
  await checkLinks(chain, context, { known });
  const anchors = await anchorsOf(roots, context.crypto);
  const { simulated } = await checkRoot(chain, anchors, context.crypto);
  checkValidity(chain, context.at);
  return { leaf, simulated };
}

/** Two keys are the same if their SubjectPublicKeyInfos are, written by one hand. */
export function sameKey(a: PublicKey, b: PublicKey): boolean {
  return equal(spkiOf(a), spkiOf(b));
}

/** An attestation key, and what it signed. */
export interface UsedKey {
  readonly key: PublicKey;
  /** Its public area; undefined where only the key itself was given. */
  readonly ak: TpmPublic | undefined;
  readonly attest: Attest;
}

/** A given certificate must be genuine and of this key. Without one nothing says that the TPM is simulated. */
async function checkAkCertificate(
  key: PublicKey,
  { akCertificate, akIssuers }: TpmEndorsements,
  context: Context,
): Promise<RootFacts> {
  if (akCertificate === undefined) return { simulated: false };
  const { leaf, simulated } = await checkTpmCertificate(akCertificate, akIssuers, context);
  if (!sameKey(leaf.key, key))
    throw new Refusal('key-binding', 'The certificate is of another attestation key.');
  return { simulated };
}

function publicAreaOf({ ak }: UsedKey): TpmPublic {
  if (ak === undefined) throw new Refusal('missing-evidence', "The key's public area is missing.");
  return ak;
}

/** What the TPM wrote into the structure as its signer is the qualified name of this key (Part 1, 16). */
async function checkHierarchy(
  used: UsedKey,
  hierarchy: NonNullable<TpmEndorsements['hierarchy']>,
  context: Context,
): Promise<void> {
  const name = await qualifiedName(publicAreaOf(used), hierarchy, context.crypto);
  const { qualifiedSigner } = used.attest;
  if (!equal(name, qualifiedSigner)) {
    throw new Refusal(
      'key-binding',
      `The quote was signed in a TPM by ${toHex(qualifiedSigner)}, not by this key.`,
    );
  }
}

/** Throws where an endorsement speaks of another key. All that was given must hold; the result names the strongest. */
export async function checkKeyTrust(
  used: UsedKey,
  endorsements: TpmEndorsements,
  context: Context,
): Promise<RootFacts & { readonly keyTrust: KeyTrust }> {
  const { activatedName, hierarchy, trustedAk, akCertificate } = endorsements;
  const { simulated } = await checkAkCertificate(used.key, endorsements, context);
  if (hierarchy !== undefined) await checkHierarchy(used, hierarchy, context);
  if (activatedName !== undefined) {
    const { nameAlg, bytes } = publicAreaOf(used);
    if (!equal(await nameOf(nameAlg, bytes, context.crypto), fromHex(activatedName)))
      throw new Refusal('key-binding', 'Another key was activated against the EK.');
  }
  if (trustedAk !== undefined && !equal(trustedAk, spkiOf(used.key)))
    throw new Refusal('key-binding', 'The quote was made with another key than the trusted one.');
  const certified = akCertificate === undefined ? 'none' : 'certificate';
  const keyTrust =
    activatedName !== undefined ? 'credential' : trustedAk !== undefined ? 'caller' : certified;
  return { keyTrust, simulated };
}
