/** Chains of certificates: leaf first, root last. */

import { equal } from '../bytes.ts';
import type { Context } from '../context.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { isPem, pemBlocks } from '../der/pem.ts';
import { limits } from '../limits.ts';
import { Refusal } from '../refusal.ts';
import { type Certificate, commonName, keyUsage, parseCertificate, signedBy } from './certificate.ts';

const MAX_CHAIN = limits.chain.value;

/** Extensions that chain validation understands: key identifiers, usage, constraints, distribution points, policies. */
const understood = new Set([
  '2.5.29.14',
  '2.5.29.15',
  '2.5.29.19',
  '2.5.29.31',
  '2.5.29.32',
  '2.5.29.35',
  '2.5.29.37',
]);

/**
 * Certificates of PEM text, of one DER certificate, or of several DER certificates one after another. Nothing is verified.
 *
 * @throws {Refusal} `malformed`
 */
export function parseCertificates(bytes: Uint8Array): Certificate[] {
  if (bytes.length > limits.chainBytes.value)
    throw new Refusal('malformed', `A certificate chain of ${bytes.length} bytes.`);
  return (isPem(bytes) ? pemBlocks(bytes, 'CERTIFICATE') : derElements(bytes)).map(parseCertificate);
}

/**
 * DER elements that stand one after another. What is inside is not looked at.
 *
 * @throws {Refusal} `malformed` for more than a chain has
 */
export function derElements(bytes: Uint8Array): Uint8Array[] {
  const elements: Uint8Array[] = [];
  let rest = bytes;
  while (rest.length > 0) {
    if (elements.length === MAX_CHAIN) throw new Refusal('malformed', `More than ${MAX_CHAIN} certificates.`);
    const length = derLength(rest);
    elements.push(rest.subarray(0, length));
    rest = rest.subarray(length);
  }
  return elements;
}

/** Bytes of the first DER element, as its header says; at most what is there. */
function derLength(bytes: Uint8Array): number {
  const first = bytes[1] ?? 0;
  if (first < 0x80) return Math.min(bytes.length, 2 + first);
  let length = 0;
  for (let i = 0; i < (first & 0x7f) && i < 4; i++) length = length * 256 + (bytes[2 + i] ?? 0);
  return Math.min(bytes.length, 2 + (first & 0x7f) + length);
}

/**
 * The same certificates with the leaf first: the one that issued none of the others and was issued by another name. As they are
 * where that is none or several.
 */
export function leafFirst(certificates: readonly Certificate[]): readonly Certificate[] {
  const leaves = certificates.filter(
    (one) =>
      !equal(one.issuer, one.subject) &&
      !certificates.some((other) => other !== one && equal(other.issuer, one.subject)),
  );
  const [leaf] = leaves;
  if (leaf === undefined || leaves.length > 1) return certificates;
  return [leaf, ...certificates.filter((one) => one !== leaf)];
}

/** Puts certificates in order, leaf first, by their names. Extra ones are left out; a missing link ends the chain. */
export function orderChain(leaf: Certificate, others: readonly Certificate[]): Certificate[] {
  const chain = [leaf];
  let last = leaf;
  while (!equal(last.issuer, last.subject)) {
    const issuer = others.find(
      (candidate) => !chain.includes(candidate) && equal(candidate.subject, last.issuer),
    );
    if (issuer === undefined) break;
    chain.push(issuer);
    last = issuer;
  }
  return chain;
}

function checkIssuer(issuer: Certificate, below: number): void {
  const name = commonName(issuer.subject);
  const constraints = issuer.basicConstraints;
  if (constraints?.ca !== true)
    throw new Refusal('cert-chain', `"${name}" is not a certification authority.`);
  if (issuer.keyUsage !== undefined && (issuer.keyUsage & keyUsage.keyCertSign) === 0) {
    throw new Refusal('cert-chain', `"${name}" may not sign certificates.`);
  }
  if (constraints.pathLength !== undefined && below > constraints.pathLength) {
    throw new Refusal(
      'cert-chain',
      `"${name}" allows ${constraints.pathLength} authorities below it, there are ${below}.`,
    );
  }
}

function checkExtensions(certificate: Certificate, also: Known): void {
  for (const [oid, { critical }] of certificate.extensions) {
    if (critical && !understood.has(oid) && !also.has(oid)) {
      throw new Refusal(
        'cert-chain',
        `"${commonName(certificate.subject)}" has the unknown critical extension ${oid}.`,
      );
    }
  }
}

/** Extensions of one vendor's certificates that chain validation shall let pass although they are critical. */
type Known = ReadonlySet<string>;

/** A certificate and the one above it. */
export interface Link {
  readonly certificate: Certificate;
  /** The certificate itself, where it is self-signed. */
  readonly issuer: Certificate;
  /** How many authorities stand between the issuer and the leaf. */
  readonly below: number;
}

/**
 * Throws unless the issuer issued the certificate and may (RFC 5280, 6.1.3 and 6.1.4): names, signature, authority flag, path
 * length, key usage, critical extensions.
 */
export async function checkLink(
  { certificate, issuer, below }: Link,
  crypto: Crypto,
  known: Known = new Set(),
): Promise<void> {
  checkExtensions(certificate, known);
  const name = commonName(certificate.subject);
  if (!equal(certificate.issuer, issuer.subject)) {
    throw new Refusal(
      'cert-chain',
      `"${name}" was issued by "${commonName(certificate.issuer)}", and the next certificate is "${commonName(issuer.subject)}".`,
    );
  }
  if (issuer !== certificate) checkIssuer(issuer, below);
  if (!(await signedBy(certificate, issuer.key, crypto))) {
    throw new Refusal('cert-chain', `"${name}" was not signed by "${commonName(issuer.subject)}".`);
  }
}

/**
 * `checkLink` for a whole chain, leaf first, whatever the time and the root; the last one must be self-signed. A chain
 * without its leaf begins with an authority: `leaf: false`.
 */
export async function checkLinks(
  chain: readonly Certificate[],
  { crypto, cache }: Pick<Context, 'crypto' | 'cache'>,
  options: { readonly known?: Known; readonly leaf?: boolean } = {},
): Promise<void> {
  if (chain.length === 0 || chain.length > MAX_CHAIN) {
    throw new Refusal('cert-chain', `A chain of ${chain.length} certificates.`);
  }
  const first = options.leaf === false ? 1 : 0;
  for (const [index, certificate] of chain.entries()) {
    const issuer = chain[index + 1];
    const link = { certificate, issuer: issuer ?? certificate, below: index + first };
    const check = () => checkLink(link, crypto, options.known);
    // Several chains of one piece of evidence often end in one root.
    await (issuer === undefined ? cache.remember(crypto, 'self-signed', [certificate.der], check) : check());
  }
}

/** Throws "cert-expired" unless every certificate holds at the time `at` (milliseconds since 1970). */
export function checkValidity(chain: readonly Certificate[], at: number): void {
  for (const certificate of chain) {
    if (at >= certificate.notBefore && at <= certificate.notAfter) continue;
    const [from, to] = [certificate.notBefore, certificate.notAfter].map((time) =>
      new Date(time).toISOString(),
    );
    throw new Refusal(
      'cert-expired',
      `"${commonName(certificate.subject)}" holds from ${from} to ${to}, not at ${new Date(at).toISOString()}.`,
    );
  }
}
