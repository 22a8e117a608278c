/** Endorsements from files whose names say nothing: each is recognized by its content. */
import { text } from '../bytes.ts';
import { parseSignedJson } from '../dcap/collateral.ts';
import { SGX_EXTENSION } from '../dcap/pck.ts';
import type { Endorsements } from '../evidence.ts';
import { parseJsonObject } from '../json/scan.ts';
import { Refusal } from '../refusal.ts';
import { parseEndorsementKey } from '../snp/certificate.ts';
import { type Certificate, commonName } from '../x509/certificate.ts';
import { parseCertificates } from '../x509/chain.ts';
import { parseCrl } from '../x509/crl.ts';

/** Names of endorsements, as `Endorsements` has them. */
export type Name = Exclude<keyof Endorsements, 'activatedName' | 'hierarchy'>;

/** A file, and what choosing among several of its kind goes by. */
export interface Classified {
  readonly name: Name;
  readonly bytes: Uint8Array;
  /** Milliseconds since 1970; outside of it, the file is of no use. */
  readonly from: number;
  readonly to: number;
  /** What it is for, in words that `wantedSubjects` uses too: "sgx 00906ed50000", "Milan VCEK", ... */
  readonly subject: string;
}

const AMD = '1.3.6.1.4.1.3704.1.1';
const ALWAYS = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };

function classifyCrl(bytes: Uint8Array): Classified {
  const { issuer, thisUpdate: from, nextUpdate: to } = parseCrl(bytes);
  const subject = commonName(issuer) ?? '';
  const name = subject.startsWith('ARK-')
    ? 'amdCrl'
    : subject.startsWith('Intel SGX PCK')
      ? 'pckCrl'
      : 'rootCrl';
  return { name, bytes, from, to, subject: name === 'rootCrl' ? '' : subject };
}

/** Subject of a VCEK or VLEK: its chip, or its cloud's. */
export const keySubject = (product: string, chip: string | undefined, tcb: object): string =>
  `${product} ${chip ?? 'VLEK'} ${JSON.stringify(tcb)}`;

function classifyCertificates(bytes: Uint8Array, parsed: readonly Certificate[]): Classified {
  const [first] = parsed;
  if (first === undefined) throw new Refusal('malformed', 'There is no certificate in it.');
  const names = parsed.map(({ subject }) => commonName(subject) ?? '');
  const has = (oid: string) => parsed.some(({ extensions }) => extensions.has(oid));
  const from = Math.max(...parsed.map(({ notBefore }) => notBefore));
  const to = Math.min(...parsed.map(({ notAfter }) => notAfter));
  const make = (name: Name, subject = ''): Classified => ({ name, bytes, from, to, subject });
  if (names.includes('Intel SGX TCB Signing')) return make('tcbSigningChain');
  if (has(SGX_EXTENSION)) return make('pckChain');
  if (has(AMD)) {
    const { product, hwId, tcb } = parseEndorsementKey(first);
    return make('endorsementKey', keySubject(product, hwId, tcb));
  }
  const authority = names.find((name) => name.startsWith('SEV-'));
  if (authority !== undefined) return make('caChain', authority);
  return make(first.basicConstraints?.ca === true ? 'akIssuers' : 'akCertificate');
}

const time = (value: unknown): number => Date.parse(String(value));

function classifyJson(bytes: Uint8Array): Classified[] {
  const value = parseJsonObject(text(bytes));
  if ('tcbInfo' in value || 'enclaveIdentity' in value) {
    const name = 'tcbInfo' in value ? 'tcbInfo' : 'enclaveIdentity';
    const inner = parseSignedJson(bytes, name).value;
    const dates = { from: time(inner['issueDate']), to: time(inner['nextUpdate']) };
    if (name === 'enclaveIdentity')
      return [{ name: 'qeIdentity', bytes, ...dates, subject: String(inner['id']) }];
    // Version 2 does not say it: it is for SGX.
    const tee = inner['id'] === 'TDX' ? 'tdx' : 'sgx';
    return [{ name, bytes, ...dates, subject: `${tee} ${String(inner['fmspc']).toLowerCase()}` }];
  }
  if ('kty' in value)
    return (['publicKey', 'results'] as const).map((name) => ({ name, bytes, ...ALWAYS, subject: '' }));
  if ('keys' in value) return [{ name: 'results', bytes, ...ALWAYS, subject: '' }];
  throw new Refusal('malformed', 'The JSON is neither TCB Info, QE Identity nor a key.');
}

/** DER of a certificate or of a list: one parser takes it, the other does not. */
function classifyDer(bytes: Uint8Array): Classified {
  let parsed: readonly Certificate[];
  try {
    parsed = parseCertificates(bytes);
  } catch (error) {
    if (error instanceof Refusal) return classifyCrl(bytes);
    throw error;
  }
  return classifyCertificates(bytes, parsed);
}

/** What a file is; a JWK can be two things. Throws `Refusal` for what is no endorsement. */
export function classify(bytes: Uint8Array): Classified[] {
  if (bytes[0] === 0x30) return [classifyDer(bytes)];
  const readable = text(bytes).trimStart();
  if (readable.startsWith('{')) return classifyJson(bytes);
  if (readable.includes('BEGIN X509 CRL')) return [classifyCrl(bytes)];
  if (readable.includes('BEGIN PUBLIC KEY')) return [{ name: 'publicKey', bytes, ...ALWAYS, subject: '' }];
  const parsed = readable.includes('BEGIN CERTIFICATE') ? parseCertificates(bytes) : [];
  if (parsed.length === 0)
    throw new Refusal('malformed', 'It is neither DER, PEM nor JSON of an endorsement.');
  return [classifyCertificates(bytes, parsed)];
}
