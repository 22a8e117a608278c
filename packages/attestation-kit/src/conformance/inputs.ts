/** The files of a vector as evidence, endorsements and roots. */
import { type Endorsements, type Evidence, type PcrValues, Refusal, type Roots } from '@gaiwan/attestation';
import { concat, text, utf8Bytes } from '@gaiwan/attestation/bytes';
import { isObject, parseJsonObject } from '@gaiwan/attestation/json';
import { checkedPath, type ReadFile, type Vector } from './format.ts';

/** The files of a vector, read; undefined for one that it does not have. */
export interface Inputs {
  readonly file: (name: string) => Uint8Array | undefined;
  readonly collateral: (name: string) => Uint8Array | undefined;
}

async function readAll(
  paths: Readonly<Record<string, string>>,
  read: ReadFile,
): Promise<Map<string, Uint8Array>> {
  const entries = await Promise.all(
    Object.entries(paths).map(async ([name, path]) => [name, await read(checkedPath(path))] as const),
  );
  return new Map(entries);
}

/** Reads all files of a vector. Throws `Refusal` "malformed" for paths that lead out of the folder. */
export async function readInputs(vector: Vector, read: ReadFile): Promise<Inputs> {
  const [files, collateral] = [await readAll(vector.files, read), await readAll(vector.collateral, read)];
  return { file: (name) => files.get(name), collateral: (name) => collateral.get(name) };
}

/** The file that a vector of this kind must have. Throws `Refusal` "missing-evidence". */
export function neededFile({ file }: Inputs, name: string): Uint8Array {
  const bytes = file(name);
  if (bytes === undefined) throw new Refusal('missing-evidence', `The vector has no file "${name}".`);
  return bytes;
}

const isPcrValues = (value: unknown): value is PcrValues =>
  isObject(value) &&
  Object.values(value).every(
    (bank) => isObject(bank) && Object.values(bank).every((pcr) => typeof pcr === 'string'),
  );

/** PCR values by bank and index. Throws `Refusal` "malformed". */
export function asPcrValues(value: unknown): PcrValues {
  if (!isPcrValues(value)) throw new Refusal('malformed', 'The PCR values are not texts by bank and index.');
  return value;
}

function pcrsOf(bytes: Uint8Array | undefined): PcrValues {
  return bytes === undefined ? {} : asPcrValues(parseJsonObject(text(bytes)));
}

/** The evidence of a vector; undefined for a kind that is not evidence. Throws `Refusal` for files that are missing or malformed. */
export function evidenceOf(kind: string, inputs: Inputs): Evidence | undefined {
  const { file } = inputs;
  const optional = (name: string, from: string) => {
    const bytes = file(from);
    return bytes && { [name]: bytes };
  };
  switch (kind) {
    case 'sgx-v3':
    case 'tdx-v4':
    case 'tdx-v5':
      return { kind: 'dcap', quote: neededFile(inputs, 'quote') };
    case 'snp':
      return { kind: 'snp', report: neededFile(inputs, 'report') };
    case 'nitro':
      return { kind: 'nitro', document: neededFile(inputs, 'document') };
    case 'tpm':
      return {
        kind: 'tpm',
        attest: neededFile(inputs, 'attest'),
        pcrs: pcrsOf(file('pcrs')),
        ...optional('signature', 'signature'),
        ...optional('akPublic', 'akPublic'),
        ...optional('akKey', 'akPublicPem'),
        ...optional('eventLog', 'eventLog'),
      };
    case 'azure-vtpm':
      return {
        kind: 'azure-vtpm',
        hclReport: neededFile(inputs, 'hclReport'),
        attest: neededFile(inputs, 'attest'),
        pcrs: pcrsOf(file('pcrs')),
        ...optional('signature', 'signature'),
        ...optional('rawSignature', 'signatureRaw'),
        ...optional('tdQuote', 'tdQuote'),
      };
    case 'cca':
      return { kind: 'cca', token: neededFile(inputs, 'token') };
    case 'psa':
      return { kind: 'psa', token: neededFile(inputs, 'token') };
    case 'ra-tls':
      return { kind: 'ra-tls', certificate: neededFile(inputs, 'certificate') };
    case 'ear-jwt':
      return { kind: 'ear', token: text(neededFile(inputs, 'token')).trim() };
  }
  return undefined;
}

/** The endorsements of a vector, by the names of the library. */
export function endorsementsOf({ file, collateral }: Inputs): Endorsements {
  const pck = file('pckCert');
  const jwk = collateral('publicKeyJwk');
  const named = {
    tcbInfo: collateral('tcbInfo'),
    qeIdentity: collateral('qeIdentity'),
    tcbSigningChain: collateral('tcbSigningChain'),
    qeIdentitySigningChain: collateral('qeIdentitySigningChain'),
    pckCrl: collateral('pckCrl'),
    rootCrl: collateral('rootCrl'),
    pckChain: pck && concat(pck, utf8Bytes('\n'), file('pckIssuerChain') ?? new Uint8Array()),
    endorsementKey: collateral('endorsementKeyCert'),
    caChain: collateral('caChain'),
    amdCrl: collateral('crl'),
    akCertificate: collateral('akCert'),
    akIssuers: collateral('akIntermediate'),
    publicKey: collateral('platformPublicKey') ?? collateral('publicKey'),
    results: jwk && { keys: parseJsonObject(text(jwk)) },
  };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
}

/** The roots of a vector: which vendor's its `rootCa` takes the place of. */
export function rootsOf(kind: string, { collateral }: Inputs): Roots {
  const root = collateral('rootCa');
  const ak = collateral('akRoot');
  return {
    ...(root && (kind === 'nitro' ? { aws: [root] } : kind === 'snp' ? { amd: [root] } : { intel: [root] })),
    ...(ak && { tpm: [ak] }),
  };
}
