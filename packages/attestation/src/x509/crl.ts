/** Certificate revocation lists, version 2 (RFC 5280, section 5). */

import { equal, fromHex } from '../bytes.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { isPem, pemBlocks } from '../der/pem.ts';
import { context, type DerReader, derOf, oidText, tag, timeOf } from '../der/reader.ts';
import { limits } from '../limits.ts';
import { Refusal } from '../refusal.ts';
import { type Certificate, commonName, keyUsage, signedBy } from './certificate.ts';

/** A revocation list taken apart. */
export interface Crl {
  readonly der: Uint8Array;
  readonly tbs: Uint8Array;
  readonly issuer: Uint8Array;
  /** Milliseconds since 1970. */
  readonly thisUpdate: number;
  readonly nextUpdate: number;
  /** Contents of the serial numbers' INTEGERs. */
  readonly revoked: readonly Uint8Array[];
  readonly signatureAlgorithm: Uint8Array;
  readonly signature: Uint8Array;
}

/** Extensions that say nothing that would change the meaning of the list: authority key identifier and CRL number. */
const harmless = new Set(['2.5.29.35', '2.5.29.20']);

function checkExtensions(list: DerReader, what: string): void {
  while (!list.done) {
    const extension = list.next(tag.sequence).children();
    const oid = oidText(extension.next(tag.oid).content);
    const critical = extension.optional(tag.boolean)?.boolean() ?? false;
    extension.next(tag.octetString);
    if (critical && !harmless.has(oid))
      throw new Refusal('malformed', `${what} has the unknown critical extension ${oid}.`);
  }
}

function isTime(element: number | undefined): boolean {
  return element === tag.utcTime || element === tag.generalizedTime;
}

function revokedOf(tbs: DerReader): Uint8Array[] {
  const revoked: Uint8Array[] = [];
  const list = tbs.optional(tag.sequence)?.children();
  while (list !== undefined && !list.done) {
    const entry = list.next(tag.sequence).children();
    revoked.push(entry.next(tag.integer).content);
    // When it was revoked does not matter: it is.
    if (!isTime(entry.next().tag))
      throw new Refusal('malformed', 'An entry of a revocation list has no date.');
    const extensions = entry.optional(tag.sequence);
    if (extensions !== undefined) checkExtensions(extensions.children(), 'An entry of a revocation list');
    entry.end();
  }
  return revoked;
}

/** Parses a list (DER, or PEM of one). Throws `Refusal` "malformed"; a list without a next update is malformed. */
export function parseCrl(bytes: Uint8Array): Crl {
  if (bytes.length > limits.revocationList.value)
    throw new Refusal('malformed', `A revocation list of ${bytes.length} bytes.`);
  const der = isPem(bytes) ? pemBlocks(bytes, 'X509 CRL')[0] : bytes;
  if (der === undefined) throw new Refusal('malformed', 'A revocation list is neither DER nor PEM.');
  const outer = derOf(der, tag.sequence).children();
  const tbsElement = outer.next(tag.sequence);
  const algorithm = outer.next(tag.sequence).whole;
  const signature = outer.next(tag.bitString).bits();
  outer.end();
  const tbs = tbsElement.children();
  if (tbs.next(tag.integer).uint() !== 1)
    throw new Refusal('malformed', 'A revocation list is not of version 2.');
  if (!equal(tbs.next(tag.sequence).whole, algorithm)) {
    throw new Refusal('malformed', 'A revocation list names two signature algorithms.');
  }
  const issuer = tbs.next(tag.sequence).whole;
  const thisUpdate = timeOf(tbs.next());
  if (!isTime(tbs.peek()))
    throw new Refusal('malformed', 'A revocation list has no next update: it would never grow old.');
  const nextUpdate = timeOf(tbs.next());
  const revoked = revokedOf(tbs);
  const extensions = tbs.optional(context(0));
  if (extensions !== undefined) {
    checkExtensions(derOf(extensions.content, tag.sequence).children(), 'A revocation list');
  }
  tbs.end();
  return {
    der,
    tbs: tbsElement.whole,
    issuer,
    thisUpdate,
    nextUpdate,
    revoked,
    signatureAlgorithm: algorithm,
    signature,
  };
}

/** Throws unless `issuer` may sign lists and signed this one. */
export async function checkCrlSignature(crl: Crl, issuer: Certificate, crypto: Crypto): Promise<void> {
  if (!equal(crl.issuer, issuer.subject)) {
    throw new Refusal(
      'crl-mismatch',
      `The revocation list is of "${commonName(crl.issuer)}", not of "${commonName(issuer.subject)}".`,
    );
  }
  if (issuer.keyUsage !== undefined && (issuer.keyUsage & keyUsage.cRLSign) === 0) {
    throw new Refusal('crl-signature', `"${commonName(issuer.subject)}" may not sign revocation lists.`);
  }
  if (!(await signedBy(crl, issuer.key, crypto))) throw new Refusal('crl-signature');
}

/** Throws unless the list holds at the time `at` (milliseconds since 1970). */
export function checkCrlTime(crl: Crl, at: number): void {
  const name = commonName(crl.issuer);
  if (at < crl.thisUpdate) {
    throw new Refusal(
      'crl-not-yet-valid',
      `The revocation list of "${name}" begins ${new Date(crl.thisUpdate).toISOString()}.`,
    );
  }
  if (at >= crl.nextUpdate) {
    throw new Refusal(
      'crl-expired',
      `The revocation list of "${name}" held until ${new Date(crl.nextUpdate).toISOString()}.`,
    );
  }
}

/** Throws "cert-revoked" if the list, which must be of the certificate's issuer, names it. */
export function checkNotRevoked(certificate: Certificate, crl: Crl): void {
  if (!equal(certificate.issuer, crl.issuer)) {
    throw new Refusal(
      'crl-mismatch',
      `The revocation list is of "${commonName(crl.issuer)}", the certificate of "${commonName(certificate.issuer)}".`,
    );
  }
  const serial = fromHex(certificate.serial);
  if (crl.revoked.some((revoked) => equal(revoked, serial))) {
    throw new Refusal(
      'cert-revoked',
      `"${commonName(certificate.subject)}", serial ${certificate.serial}, was revoked.`,
    );
  }
}
