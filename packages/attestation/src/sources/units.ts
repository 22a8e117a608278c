/** What one file with endorsements holds: each certificate, list, document and key by itself, told by its content. */

import { text, toHex } from '../bytes.ts';
import { parseSignedJson } from '../dcap/collateral.ts';
import { SGX_EXTENSION } from '../dcap/pck.ts';
import type { Endorsements } from '../evidence.ts';
import { isObject, parseJsonObject } from '../json/scan.ts';
import { Refusal } from '../refusal.ts';
import { parseEndorsementKey } from '../snp/certificate.ts';
import { type Certificate, commonName, parseCertificate } from '../x509/certificate.ts';
import { parseCrl } from '../x509/crl.ts';

/** Names of endorsements, as `Endorsements` has them. */
export type Name = Exclude<keyof Endorsements, 'activatedName' | 'hierarchy'>;

interface Dated {
  readonly bytes: Uint8Array;
  /** Milliseconds since 1970; outside of it, it is of no use. */
  readonly from: number;
  readonly to: number;
}

/** A certificate: chains are made of them, whichever files they came in. */
export interface CertificateUnit extends Dated {
  readonly role: 'tcbSigner' | 'pck' | 'endorsementKey' | 'authority' | 'other';
  readonly certificate: Certificate;
  /** For a VCEK or VLEK, its chip or cloud and firmware, as `keySubject` writes it. Else the name of the subject. */
  readonly subject: string;
}

/** Everything else that vouches for evidence. */
export interface DocumentUnit extends Dated {
  readonly role: 'document';
  readonly name: Exclude<Name, 'tcbSigningChain' | 'caChain' | 'pckChain'>;
  /** What it is for, in words that what is wanted has too: "sgx 00906ed50000", "QE", "ARK-Milan", ... */
  readonly subject: string;
}

/** One endorsement. */
export type Unit = CertificateUnit | DocumentUnit;

const AMD = '1.3.6.1.4.1.3704.1.1';
const ALWAYS = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };

/** Subject of a VCEK or VLEK: its chip, or its cloud's. */
export const keySubject = (product: string, chip: string | undefined, tcb: object): string =>
  `${product} ${chip ?? 'VLEK'} ${JSON.stringify(tcb)}`;

/** Throws `Refusal` "malformed". */
export function crlUnit(bytes: Uint8Array): Unit {
  const { issuer, thisUpdate: from, nextUpdate: to } = parseCrl(bytes);
  const issuerName = commonName(issuer) ?? '';
  const name = issuerName.startsWith('ARK-')
    ? 'amdCrl'
    : issuerName.startsWith('Intel SGX PCK')
      ? 'pckCrl'
      : 'rootCrl';
  return { role: 'document', name, bytes, from, to, subject: name === 'rootCrl' ? '' : issuerName };
}

function roleOf(certificate: Certificate): CertificateUnit['role'] {
  if (commonName(certificate.subject) === 'Intel SGX TCB Signing') return 'tcbSigner';
  if (certificate.extensions.has(SGX_EXTENSION)) return 'pck';
  if (certificate.extensions.has(AMD)) return 'endorsementKey';
  return certificate.basicConstraints?.ca === true ? 'authority' : 'other';
}

function subjectOf(certificate: Certificate, role: CertificateUnit['role']): string {
  if (role !== 'endorsementKey') return commonName(certificate.subject) ?? '';
  const { product, hwId, tcb } = parseEndorsementKey(certificate);
  return keySubject(product, hwId, tcb);
}

/** Throws `Refusal`: "malformed", or why a certificate of AMD's is none. */
export function certificateUnit(der: Uint8Array): Unit {
  const certificate = parseCertificate(der);
  const role = roleOf(certificate);
  const { notBefore: from, notAfter: to } = certificate;
  return { role, certificate, bytes: certificate.der, from, to, subject: subjectOf(certificate, role) };
}

/** `String` of an object may throw. */
const word = (value: unknown): string => (typeof value === 'string' ? value : '');
const time = (value: unknown): number => Date.parse(word(value));

/** TCB Info or QE Identity with its signature, as it was served. Throws `Refusal` "malformed". */
export function signedUnit(bytes: Uint8Array, name: 'tcbInfo' | 'enclaveIdentity'): Unit {
  const inner = parseSignedJson(bytes, name).value;
  const dates = { from: time(inner['issueDate']), to: time(inner['nextUpdate']) };
  if (name === 'enclaveIdentity')
    return { role: 'document', name: 'qeIdentity', bytes, ...dates, subject: word(inner['id']) };
  // Version 2 does not say it: it is for SGX.
  const tee = inner['id'] === 'TDX' ? 'tdx' : 'sgx';
  const subject = `${tee} ${word(inner['fmspc']).toLowerCase()}`;
  return { role: 'document', name, bytes, ...dates, subject };
}

const keyUnit = (name: 'publicKey' | 'results', bytes: Uint8Array): Unit => ({
  role: 'document',
  name,
  bytes,
  ...ALWAYS,
  subject: '',
});

/** A public key in PEM. */
export const publicKeyUnit = (bytes: Uint8Array): Unit => keyUnit('publicKey', bytes);

/** A file that is a JWK, which can be two things, or a set of them; none for any other file. */
export function jwkUnits(bytes: Uint8Array): Unit[] {
  const value = parseJsonObject(text(bytes));
  if ('kty' in value) return [keyUnit('publicKey', bytes), keyUnit('results', bytes)];
  const { keys } = value;
  const isSet = Array.isArray(keys) && keys.every((key) => isObject(key) && 'kty' in key);
  return isSet ? [keyUnit('results', bytes)] : [];
}

/** DER of a certificate or of a list: one parser takes it, the other does not. Throws `Refusal` of the one that it looks like. */
export function derUnit(der: Uint8Array): Unit {
  try {
    return certificateUnit(der);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    try {
      return crlUnit(der);
    } catch {
      throw error;
    }
  }
}

/** Whether bytes begin as DER of something large does. */
export const looksLikeDer = (bytes: Uint8Array): boolean => /^308[12]/.test(toHex(bytes.subarray(0, 2)));
