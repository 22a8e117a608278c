/**
 * What an operator publishes so that a name is enough to trust a platform: where it is, which instance, on whose machines, what it may run, whose
 * signatures count for the next such file, and in words what the program and its options are.
 *
 *     {"format": "gaiwan-trust/1", "body": "<JSON, as text>", "signatures": ["<base64>", ...]}
 *
 * The fingerprint is the SHA-256 of the body, and auditors sign the body: who adds a signature changes neither.
 */
import { createHash } from 'node:crypto';
import { checkPolicy, type Policy } from '@gaiwan/attestation';
import { messageOf } from '@gaiwan/errors';
import { CliError } from '../errors.ts';
import { limits } from '../limits.ts';
import { type Fields, readFields } from '../project/fields.ts';

const FORMAT = 'gaiwan-trust/1';
/** What is signed begins so: it is no enclave info, and no signature of one counts for the other. */
const DOMAIN = `${FORMAT}\n`;
const HEX_32 = /^[0-9a-f]{64}$/;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
/** Objects and lists within each other. */
const DEEPEST = 32;

export const TRUST_NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;

/** Bytes are base64. */
export interface BundleBody {
  /** What the operator calls the platform. */
  readonly name: string;
  /** Grows with each bundle: an older one is told by it. */
  readonly serial: number;
  readonly authentication: string;
  readonly frontend: string;
  /** 64 hex digits; where it is absent, the first that a person sees. */
  readonly instance?: string | undefined;
  /** Absent: the machines that vendors vouch for. */
  readonly simulation?:
    | { readonly root: string; readonly endorsements: Readonly<Record<string, string>> }
    | undefined;
  readonly pccs?: string | undefined;
  readonly policy?: Policy | undefined;
  readonly enclaveInfo?: string | undefined;
  /** Over the enclave info. */
  readonly signatures?: readonly string[] | undefined;
  /** Public keys (PEM). */
  readonly auditors?: { readonly keys: readonly string[]; readonly needed: number } | undefined;
  /** What runs: the measured options, and all files with their SHA-256. */
  readonly release: { readonly configuration: object; readonly files: string };
}

export interface TrustBundle {
  readonly body: BundleBody;
  /** Exactly as it is signed. */
  readonly text: string;
  /** SHA-256 of the body, 64 hex digits. */
  readonly fingerprint: string;
  readonly signatures: readonly Uint8Array[];
}

/** Throws `CliError` (bad-bundle) for what is none, or more than one may be. */
export function parseBundle(bytes: Uint8Array, place: string): TrustBundle {
  if (bytes.length > limits.trustBundle.value)
    throw bad(place, `it has more than ${limits.trustBundle.value} bytes`);
  try {
    const fields = readFields(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)), place);
    if (fields.text('format') !== FORMAT) throw fields.wrong('is of another format');
    const text = fields.text('body');
    const signatures = fields.texts('signatures');
    fields.end();
    if (signatures.length > limits.trustSignatures.value) throw fields.wrong('has too many signatures');
    const value: unknown = JSON.parse(text);
    if (!isShallow(value, DEEPEST)) throw fields.wrong('is nested too deeply');
    return {
      body: bodyOf(readFields(value, place)),
      text,
      fingerprint: createHash('sha256').update(text).digest('hex'),
      signatures: signatures.map((signature) => bytesOf(signature, fields)),
    };
  } catch (cause) {
    throw bad(place, messageOf(cause).slice(0, 300), cause);
  }
}

export function makeBundle(body: BundleBody): TrustBundle {
  const text = JSON.stringify(body);
  return {
    body,
    text,
    fingerprint: createHash('sha256').update(text).digest('hex'),
    signatures: [],
  };
}

export const bundleText = ({ text, signatures }: TrustBundle): string =>
  `${JSON.stringify(
    {
      format: FORMAT,
      signatures: signatures.map((signature) => Buffer.from(signature).toString('base64')),
      body: text,
    },
    null,
    1,
  )}\n`;

/** What auditors sign. */
const signedBytes = ({ text }: Pick<TrustBundle, 'text'>): Uint8Array => Buffer.from(DOMAIN + text);

/** The bundle with one signature more; the same where this auditor has signed. Rejects with `AuditError` (bad-auditor-key). */
export async function signBundle(bundle: TrustBundle, privateKeyPem: string): Promise<TrustBundle> {
  const { signEnclaveInfo } = await import('@gaiwan/trust');
  const signature = signEnclaveInfo(signedBytes(bundle), privateKeyPem);
  const isThere = bundle.signatures.some((other) => Buffer.compare(other, signature) === 0);
  return isThere ? bundle : { ...bundle, signatures: [...bundle.signatures, signature] };
}

/** SHA-256 (SubjectPublicKeyInfo) of those keys that have signed, each once. Rejects with `AuditError` (bad-auditor-key). */
export async function signersOf(bundle: TrustBundle, keys: readonly string[]): Promise<readonly string[]> {
  const { auditorKey, AuditError, checkAuditors } = await import('@gaiwan/trust');
  const signed = signedBytes(bundle);
  const hasSigned = (pem: string) =>
    bundle.signatures.some((signature) => {
      try {
        checkAuditors(signed, [signature], { keys: [pem], needed: 1 });
        return true;
      } catch (error) {
        // Of another auditor, whom the bundle may have beside.
        if (error instanceof AuditError && error.code === 'wrong-signature') return false;
        throw error;
      }
    });
  const found = keys.filter(hasSigned).map((pem) => {
    const spki = auditorKey(pem).export({ type: 'spki', format: 'der' });
    return createHash('sha256').update(spki).digest('hex');
  });
  return [...new Set(found)].sort();
}

function bodyOf(fields: Fields): BundleBody {
  const body = {
    name: fields.text('name'),
    serial: fields.optionalCount('serial') ?? 0,
    authentication: fields.text('authentication'),
    frontend: fields.text('frontend'),
    instance: fields.optionalText('instance'),
    simulation: simulationIn(fields),
    pccs: fields.optionalText('pccs'),
    policy: policyIn(fields),
    enclaveInfo: fields.optionalText('enclaveInfo'),
    signatures: fields.has('signatures') ? fields.texts('signatures') : undefined,
    auditors: auditorsIn(fields),
    release: releaseIn(fields.required('release')),
  };
  fields.end();
  const { name, serial, instance, policy, enclaveInfo, pccs, simulation } = body;
  if (!TRUST_NAME.test(name)) throw fields.wrong('has a name that is none');
  if (serial < 1) throw fields.wrong('has no serial number');
  for (const url of [body.authentication, body.frontend, ...(pccs === undefined ? [] : [pccs])])
    if (!URL.canParse(url) || !url.startsWith('https://')) throw fields.wrong('has an address that is none');
  if (instance !== undefined && !HEX_32.test(instance)) throw fields.wrong('has an instance that is none');
  if (policy === undefined && enclaveInfo === undefined) throw fields.wrong('does not say what may run');
  if (enclaveInfo !== undefined && body.auditors === undefined)
    throw fields.wrong('has an enclave info and names no auditors');
  if (simulation !== undefined && pccs !== undefined)
    throw fields.wrong('names a PCCS for a simulated machine');
  for (const text of [enclaveInfo, ...(body.signatures ?? [])]) if (text !== undefined) bytesOf(text, fields);
  return body;
}

function simulationIn(fields: Fields): BundleBody['simulation'] {
  const simulation = fields.object('simulation');
  if (simulation === undefined) return undefined;
  const read = { root: simulation.text('root'), endorsements: simulation.textMap('endorsements') };
  simulation.end();
  for (const text of [read.root, ...Object.values(read.endorsements)]) bytesOf(text, simulation);
  return read;
}

function policyIn(fields: Fields): Policy | undefined {
  if (!fields.has('policy')) return undefined;
  const policy: unknown = fields.raw('policy');
  checkPolicy(policy);
  if (policy.anyMeasurement === true) throw fields.wrong('accepts any program');
  return policy;
}

function auditorsIn(fields: Fields): BundleBody['auditors'] {
  const auditors = fields.object('auditors');
  if (auditors === undefined) return undefined;
  const read = { keys: auditors.texts('keys'), needed: auditors.optionalCount('needed') ?? 0 };
  auditors.end();
  const { length } = read.keys;
  if (length === 0 || length > limits.trustSignatures.value || read.needed < 1 || read.needed > length)
    throw auditors.wrong('requires a number of auditors that cannot be');
  return read;
}

function releaseIn(fields: Fields): BundleBody['release'] {
  const read = { configuration: fields.raw('configuration'), files: fields.text('files') };
  fields.end();
  return read;
}

function bytesOf(text: string, fields: Fields): Uint8Array {
  if (!BASE64.test(text)) throw fields.wrong('has bytes that are not base64');
  return new Uint8Array(Buffer.from(text, 'base64'));
}

function isShallow(value: unknown, left: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return left > 0 && Object.values(value).every((one) => isShallow(one, left - 1));
}

export const bad = (place: string, why: string, cause?: unknown): CliError =>
  new CliError('bad-bundle', `${place} is no trust bundle that can be used: ${why.replace(/\.$/, '')}.`, {
    cause,
  });
