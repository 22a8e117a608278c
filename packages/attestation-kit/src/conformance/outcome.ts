/** Runs one vector: what the library says, in the words of the format. */

import {
  appraise,
  type Cache,
  type Context,
  type Crypto,
  contextOf,
  type Endorsements,
  type Evidence,
  inspect,
  type PcrValues,
  parseEventLog,
  parseQuote,
  type Reason,
  Refusal,
  type Roots,
  replay,
  type Verified,
  verify,
  verifyEventLog,
} from '@gaiwan/attestation';
import { concat, text, toHex, utf8Bytes } from '@gaiwan/attestation/bytes';
import { parseJsonObject } from '@gaiwan/attestation/json';
import {
  checkAttestationKey,
  type Hardware,
  iasSignatureFits,
  parseIasReport,
  type QuoteSignatures,
  type TdReport,
  verifyAzure,
  verifyDcapSignatures,
  verifyRaTls,
} from '@gaiwan/attestation/steps';
import { checkedPath, type ReadFile, type Vector } from './format.ts';
import { vectorPolicy } from './policy.ts';

export interface RunOptions {
  readonly read: ReadFile;
  /** For vectors without a time, milliseconds since 1970. */
  readonly now: number;
  readonly crypto?: Crypto;
  readonly cache?: Cache;
}

export interface Outcome {
  readonly verdict: string;
  readonly reason?: Reason;
  readonly message?: string;
  readonly claims: Readonly<Record<string, unknown>>;
  /** TCB and other facts that expectations speak of. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** The files of a vector, read. */
interface Inputs {
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

const needed = (bytes: Uint8Array | undefined, what: string): Uint8Array => {
  if (bytes === undefined) throw new Refusal('missing-evidence', `The vector has no file "${what}".`);
  return bytes;
};

function pcrsOf(bytes: Uint8Array | undefined): PcrValues {
  return (bytes === undefined ? {} : parseJsonObject(text(bytes))) as PcrValues;
}

function evidenceOf(kind: string, { file }: Inputs): Evidence | undefined {
  const optional = (name: string, from: string) => {
    const bytes = file(from);
    return bytes && { [name]: bytes };
  };
  switch (kind) {
    case 'sgx-v3':
    case 'tdx-v4':
    case 'tdx-v5':
      return { kind: 'dcap', quote: needed(file('quote'), 'quote') };
    case 'snp':
      return { kind: 'snp', report: needed(file('report'), 'report') };
    case 'nitro':
      return { kind: 'nitro', document: needed(file('document'), 'document') };
    case 'tpm':
      return {
        kind: 'tpm',
        attest: needed(file('attest'), 'attest'),
        pcrs: pcrsOf(file('pcrs')),
        ...optional('signature', 'signature'),
        ...optional('akPublic', 'akPublic'),
        ...optional('akKey', 'akPublicPem'),
        ...optional('eventLog', 'eventLog'),
      };
    case 'azure-vtpm':
      return {
        kind: 'azure-vtpm',
        hclReport: needed(file('hclReport'), 'hclReport'),
        attest: needed(file('attest'), 'attest'),
        pcrs: pcrsOf(file('pcrs')),
        ...optional('signature', 'signature'),
        ...optional('rawSignature', 'signatureRaw'),
        ...optional('tdQuote', 'tdQuote'),
      };
    case 'cca':
      return { kind: 'cca', token: needed(file('token'), 'token') };
    case 'psa':
      return { kind: 'psa', token: needed(file('token'), 'token') };
    case 'ra-tls':
      return { kind: 'ra-tls', certificate: needed(file('certificate'), 'certificate') };
    case 'ear-jwt':
      return { kind: 'ear', token: text(needed(file('token'), 'token')).trim() };
  }
  return undefined;
}

function endorsementsOf({ file, collateral }: Inputs): Endorsements {
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

/** The vendor whose root a vector's `rootCa` takes the place of. */
function rootsOf(kind: string, { collateral }: Inputs): Roots {
  const root = collateral('rootCa');
  const ak = collateral('akRoot');
  return {
    ...(root && (kind === 'nitro' ? { aws: [root] } : kind === 'snp' ? { amd: [root] } : { intel: [root] })),
    ...(ak && { tpm: [ak] }),
  };
}

function factsOf(verified: Verified): Record<string, unknown> {
  switch (verified.kind) {
    case 'sgx':
    case 'tdx': {
      const { body } = verified.quote;
      return {
        ...verified.tcb,
        debug: body.debug,
        ...('septVeDisable' in body && { septVeDisable: body.septVeDisable }),
      };
    }
    case 'snp':
      return {
        debug: verified.debug,
        migrationAllowed: verified.migrationAllowed,
        product: verified.product,
      };
    case 'nitro':
      return { debug: verified.debug };
    case 'tpm':
      return { eventDataTrusted: verified.eventLog?.dataTrusted ?? true };
    case 'ra-tls':
      return factsOf({ ...verified, ...verified.inner });
    default:
      return {};
  }
}

/** Reasons that say: this can be read, and nobody could verify it as it stands. */
const readOnly: ReadonlySet<string> = new Set(['symmetric-key-needed', 'pck-certificate-needed']);

async function inspected(
  evidence: Evidence,
  options: RunOptions,
): Promise<Readonly<Record<string, unknown>>> {
  const found = await inspect(evidence, options.crypto === undefined ? {} : { crypto: options.crypto });
  return found.verdict === 'unverified' ? found.claims : {};
}

/** What a quote without a certificate still shows: that its attestation key signed it. */
async function withoutCertificate(evidence: Evidence, context: Context): Promise<Record<string, unknown>> {
  if (evidence.kind !== 'dcap') return {};
  await checkAttestationKey(parseQuote(evidence.quote), context);
  return { quoteSignatureByAttestationKey: true, qeReportBinding: true };
}

function policyOutcome(verified: Verified, vector: Vector): Outcome | undefined {
  if (vector.policy === undefined) return undefined;
  const appraisal = appraise(verified, vectorPolicy(vector.policy));
  if (appraisal.verdict === 'accepted') return undefined;
  return {
    verdict: 'invalid',
    reason: appraisal.reason,
    message: appraisal.message,
    claims: verified.claims,
    facts: factsOf(verified),
  };
}

/** The verdict's name: the same judgement has several, by what it rests on. */
async function success(
  verified: Verified,
  evidence: Evidence,
  endorsements: Endorsements,
  roots: Roots,
  vector: Vector,
  options: RunOptions & { readonly at: number },
): Promise<Outcome> {
  const refusedByPolicy = policyOutcome(verified, vector);
  if (refusedByPolicy !== undefined) return refusedByPolicy;
  const defaults = appraise(verified, {});
  const facts: Record<string, unknown> = {
    ...factsOf(verified),
    ...(defaults.verdict === 'refused' && { defaultPolicy: defaults.reason }),
  };
  const { claims } = verified;
  if (facts['eventDataTrusted'] === false)
    return { verdict: 'valid-quote', reason: 'event-data-unverified', claims, facts };
  if (roots.intel === undefined && roots.amd === undefined && roots.aws === undefined)
    return { verdict: 'valid', claims, facts };
  const { tpm } = roots;
  const pinned = await verify(evidence, endorsements, {
    at: options.at,
    ...(tpm && { roots: { tpm } }),
    ...(options.crypto && { crypto: options.crypto }),
  });
  if (pinned.verdict === 'verified') return { verdict: 'valid', claims, facts };
  return {
    verdict: 'valid-with-custom-root',
    claims,
    facts: { ...facts, withIntelRoot: { verdict: 'invalid', error: pinned.reason } },
  };
}

/** Signatures and chain of a quote whose TCB nobody can judge for want of endorsements. */
async function signaturesOnly(
  evidence: Evidence,
  endorsements: Endorsements,
  context: Context,
): Promise<Outcome | undefined> {
  if (endorsements.tcbInfo !== undefined) return undefined;
  if (evidence.kind === 'ra-tls') {
    const found = await verifyRaTls(evidence, context, (inner) => {
      if (inner.kind !== 'dcap') throw new Refusal('unsupported-version', 'No quote is in the certificate.');
      return verifyDcapSignatures(inner.quote, endorsements, context);
    });
    const { debug } = found.inner.quote.body;
    const facts = { debug, ...(debug && { defaultPolicy: 'policy-debug' }) };
    return { verdict: 'signature-and-chain-valid', claims: found.claims, facts };
  }
  if (evidence.kind !== 'azure-vtpm' || evidence.tdQuote === undefined) return undefined;
  const found = await verifyAzure(
    evidence,
    context,
    async (_kind, bytes): Promise<Hardware<QuoteSignatures>> => {
      const verified = await verifyDcapSignatures(bytes, endorsements, context);
      const { body } = verified.quote;
      const claims = { ...('mrTd' in body && { mrTd: body.mrTd }), fmspc: verified.pck.fmspc };
      return { verified, reportData: body.reportData, body: { ...body }, claims };
    },
  );
  return { verdict: 'valid', claims: found.claims, facts: {} };
}

async function runEvidence(
  vector: Vector,
  evidence: Evidence,
  inputs: Inputs,
  options: RunOptions,
): Promise<Outcome> {
  const at = vector.verifyAt === null ? options.now : Date.parse(vector.verifyAt);
  const endorsements = endorsementsOf(inputs);
  const roots = rootsOf(vector.kind, inputs);
  const { crypto, cache } = options;
  const verifyOptions = { at, roots, ...(cache && { cache }), ...(crypto && { crypto }) };
  const context = contextOf(verifyOptions);
  try {
    const partial = await signaturesOnly(evidence, endorsements, context);
    if (partial !== undefined) return partial;
  } catch (error) {
    if (error instanceof Refusal) return failure(error, evidence, context, options);
    throw error;
  }
  const result = await verify(evidence, endorsements, verifyOptions);
  if (result.verdict === 'refused')
    return failure(new Refusal(result.reason, result.message), evidence, context, options);
  return success(result, evidence, endorsements, roots, vector, { ...options, at });
}

async function failure(
  error: Refusal,
  evidence: Evidence,
  context: Context,
  options: RunOptions,
): Promise<Outcome> {
  const claims = await inspected(evidence, options);
  const { code: reason, message } = error;
  if (readOnly.has(reason)) {
    return {
      verdict: 'parse-only',
      reason,
      message,
      claims,
      facts: await withoutCertificate(evidence, context),
    };
  }
  // An IAS report inside a certificate: nobody can verify it any more.
  if (evidence.kind === 'ra-tls' && reason === 'unsupported-version')
    return { verdict: 'parse-only', reason, message, claims, facts: {} };
  return { verdict: 'invalid', reason, message, claims, facts: {} };
}

/** Which RTMRs of a quote the log leads to. */
async function matches(log: Uint8Array, td: TdReport, context: Context): Promise<Record<string, boolean>> {
  const bank =
    (await replay(parseEventLog(log), context.crypto)).get('sha384') ?? new Map<number, Uint8Array>();
  const values = [td.rtmr0, td.rtmr1, td.rtmr2, td.rtmr3];
  return Object.fromEntries(
    [...bank]
      .filter(([register]) => register > 0)
      .map(([register, value]) => [`rtmr${register - 1}`, toHex(value) === values[register - 1]]),
  );
}

async function runEventLog(
  log: Uint8Array,
  quote: Uint8Array | undefined,
  context: Context,
): Promise<Outcome> {
  const parsed = quote && parseQuote(quote);
  const td = parsed?.tee === 'tdx' ? parsed.body : undefined;
  const { claims, eventDataTrusted } = await verifyEventLog(log, undefined, context);
  const matchesQuote = td && (await matches(log, td, context));
  const all = { ...claims, ...(matchesQuote && { matchesQuote }) };
  try {
    await verifyEventLog(log, td, context);
    return { verdict: 'parse-and-replay', claims: all, facts: { eventDataTrusted } };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const register = Object.entries(matchesQuote ?? {}).find(([, match]) => !match)?.[0];
    return {
      verdict: 'invalid',
      reason: error.code,
      message: error.message,
      claims: all,
      facts: { register },
    };
  }
}

async function runEpid({ file }: Inputs, context: Context): Promise<Outcome> {
  const quote = await inspect(needed(file('quoteBody'), 'quoteBody'));
  const [avr, signature, certificates] = [file('avr'), file('avrSignature'), file('avrCertsUrlencoded')];
  const claims = quote.verdict === 'unverified' ? quote.claims : {};
  if (avr === undefined) return { verdict: 'parse-only', claims, facts: {} };
  const { isvEnclaveQuoteStatus, timestamp } = parseIasReport(avr);
  const signed =
    signature && certificates && (await iasSignatureFits(avr, signature, certificates, context.crypto));
  return {
    verdict: 'parse-only',
    claims: {
      ...claims,
      isvEnclaveQuoteStatus,
      timestamp,
      ...(signed !== undefined && { avrSignatureByReportSigningCert: signed }),
    },
    facts: {},
  };
}

/** Runs a vector. `others`: path of the quote of another vector, by id. */
export async function runVector(
  vector: Vector,
  others: ReadonlyMap<string, Vector>,
  options: RunOptions,
): Promise<Outcome> {
  try {
    const files = await readAll(vector.files, options.read);
    const collateral = await readAll(vector.collateral, options.read);
    const inputs: Inputs = { file: (name) => files.get(name), collateral: (name) => collateral.get(name) };
    const context = contextOf({ at: options.now, ...(options.crypto && { crypto: options.crypto }) });
    switch (vector.kind) {
      case 'tcg-eventlog': {
        const path = vector.quote === undefined ? undefined : others.get(vector.quote)?.files['quote'];
        const quote = path === undefined ? undefined : await options.read(checkedPath(path));
        return await runEventLog(needed(files.get('log'), 'log'), quote, context);
      }
      case 'sgx-v2-epid':
        return await runEpid(inputs, context);
      case 'corim': {
        const found = await inspect(needed(files.get('corim'), 'corim'));
        if (found.verdict === 'refused') return { ...found, verdict: 'invalid', claims: {}, facts: {} };
        return { verdict: 'parse-only', claims: found.claims, facts: {} };
      }
    }
    const evidence = evidenceOf(vector.kind, inputs);
    if (evidence === undefined) return { verdict: 'unknown-kind', claims: {}, facts: {} };
    return await runEvidence(vector, evidence, inputs, options);
  } catch (error) {
    if (error instanceof Refusal)
      return { verdict: 'invalid', reason: error.code, message: error.message, claims: {}, facts: {} };
    throw error;
  }
}
