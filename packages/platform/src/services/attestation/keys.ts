/** Keys that the attestation service signs with: made once, kept in the sealed store. */
import {
  ecKey,
  importEcKey,
  importRsaKey,
  issueCertificate,
  rsaKey,
  type SigningKey,
} from '@gaiwan/attestation-kit';
import type { Store } from '@gaiwan/store';
import { decodeRecord, encodeRecord } from '../../domain/codec.ts';

export interface ServiceKeys {
  /** P-256: results (EAR). */
  readonly ear: SigningKey;
  /** RSA: reports. */
  readonly report: SigningKey;
  /** DER. Relying parties are given the root, and find the leaf in each answer. */
  readonly rootCertificate: Uint8Array;
  readonly reportCertificate: Uint8Array;
}

interface Kept {
  readonly ear: Uint8Array;
  readonly report: Uint8Array;
  readonly root: Uint8Array;
  readonly leaf: Uint8Array;
}

const KEY = ['attestation-service', 'keys'];
const RSA_BITS = 3072;
const YEARS_10 = 10 * 365 * 86_400_000;
const DAY = 86_400_000;
const SERVER_AUTH = '06082b06010505070301';
const DNS_NAME = 'attestation.gaiwan.invalid';

/** `simulated`: said in every certificate's subject. */
export async function openKeys(store: Store, now: number, simulated: boolean): Promise<ServiceKeys> {
  const kept = await store.get(KEY);
  if (kept === undefined) return makeKeys(store, now, simulated);
  const { ear, report, root, leaf } = decodeRecord<Kept>(kept.value);
  const keys = {
    ear: await importEcKey(ear),
    report: await importRsaKey(report, 'pkcs1'),
    rootCertificate: root,
    reportCertificate: leaf,
  };
  for (const bytes of [ear, report]) bytes.fill(0);
  return keys;
}

async function makeKeys(store: Store, now: number, simulated: boolean): Promise<ServiceKeys> {
  const organization = simulated ? 'O=SIMULATION, CN=' : 'O=Gaiwan, CN=';
  const root = { subject: `${organization}Attestation Service Root`, key: await rsaKey('pkcs1', RSA_BITS) };
  const [report, ear] = [await rsaKey('pkcs1', RSA_BITS), await ecKey('P-256')];
  const validity = { from: now - DAY, to: now + YEARS_10 };
  const { der: rootCertificate } = await issueCertificate({
    ...root,
    ...validity,
    serial: '01',
    ca: true,
    keyUsage: 0x06,
  });
  // Teaclave's clients check it as a TLS server's certificate, which needs a name and a purpose.
  const { der: reportCertificate } = await issueCertificate({
    subject: `${organization}Attestation Report Signing`,
    key: report,
    issuer: root,
    ...validity,
    serial: '02',
    ca: false,
    keyUsage: 0x80,
    extensions: {
      '2.5.29.37': Buffer.from(`300a${SERVER_AUTH}`, 'hex'),
      '2.5.29.17': Buffer.concat([
        Buffer.of(0x30, DNS_NAME.length + 2, 0x82, DNS_NAME.length),
        Buffer.from(DNS_NAME),
      ]),
    },
  });
  const kept: Kept = {
    ear: await ear.export(),
    report: await report.export(),
    root: rootCertificate,
    leaf: reportCertificate,
  };
  // The root's key is not kept: it has signed all that it ever will.
  const value = encodeRecord(kept);
  try {
    await store.commit({ put: [{ key: KEY, value }] });
  } finally {
    for (const bytes of [kept.ear, kept.report, value]) bytes.fill(0);
  }
  return { ear, report, rootCertificate, reportCertificate };
}
