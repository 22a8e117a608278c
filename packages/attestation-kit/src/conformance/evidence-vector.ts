/** Runs a vector of evidence: verified, appraised, and where that cannot be, what can still be said of it. */
import {
  appraise,
  type Context,
  contextOf,
  type Endorsements,
  type Evidence,
  inspect,
  parseQuote,
  Refusal,
  type Roots,
  type Verified,
  verify,
} from '@gaiwan/attestation';
import {
  checkAttestationKey,
  type Hardware,
  type QuoteSignatures,
  verifyAzure,
  verifyDcapSignatures,
  verifyRaTls,
} from '@gaiwan/attestation/steps';
import { factsOf } from './facts.ts';
import type { Vector } from './format.ts';
import { endorsementsOf, type Inputs, rootsOf } from './inputs.ts';
import { invalidOutcome, type Outcome, type RunOptions } from './outcome.ts';
import { vectorPolicy } from './policy.ts';

/** A vector of evidence, with what it is verified by. */
interface Case {
  readonly vector: Vector;
  readonly evidence: Evidence;
  readonly endorsements: Endorsements;
  readonly roots: Roots;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly options: RunOptions;
}

/** Reasons that say: this can be read, and nobody could verify it as it stands. */
const readOnly: ReadonlySet<string> = new Set(['symmetric-key-needed', 'pck-certificate-needed']);

const engineOf = ({ crypto }: RunOptions) => (crypto === undefined ? {} : { crypto });

/** What a quote without a certificate still shows: that its attestation key signed it. */
async function factsWithoutCertificate(
  evidence: Evidence,
  context: Context,
): Promise<Record<string, unknown>> {
  if (evidence.kind !== 'dcap') return {};
  await checkAttestationKey(parseQuote(evidence.quote), context);
  return { quoteSignatureByAttestationKey: true, qeReportBinding: true };
}

/** The outcome of the vector's own policy, where it has one that does not accept. */
function policyOutcome(verified: Verified, { policy }: Vector): Outcome | undefined {
  if (policy === undefined) return undefined;
  const appraisal = appraise(verified, vectorPolicy(policy));
  if (appraisal.verdict === 'accepted') return undefined;
  const { reason, message } = appraisal;
  return { verdict: 'invalid', reason, message, claims: verified.claims, facts: factsOf(verified) };
}

/** The verdict's name: the same judgement has several, by what it rests on. */
async function successOutcome(
  verified: Verified,
  { vector, evidence, endorsements, roots, at, options }: Case,
) {
  const refusedByPolicy = policyOutcome(verified, vector);
  if (refusedByPolicy !== undefined) return refusedByPolicy;
  const defaults = appraise(verified, {});
  const facts: Record<string, unknown> = {
    ...factsOf(verified),
    ...(defaults.verdict === 'refused' && { defaultPolicy: defaults.reason }),
  };
  const { claims } = verified;
  if (facts['eventDataTrusted'] === false)
    return { verdict: 'valid-quote', reason: 'event-data-unverified', claims, facts } as const;
  if (roots.intel === undefined && roots.amd === undefined && roots.aws === undefined)
    return { verdict: 'valid', claims, facts };
  const { tpm } = roots;
  const pinned = await verify(evidence, endorsements, {
    at,
    ...(tpm && { roots: { tpm } }),
    ...engineOf(options),
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
  { evidence, endorsements }: Case,
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

async function failureOutcome(
  refusal: Refusal,
  { evidence, options }: Case,
  context: Context,
): Promise<Outcome> {
  const found = await inspect(evidence, engineOf(options));
  const claims = found.verdict === 'unverified' ? found.claims : {};
  const { code: reason, message } = refusal;
  if (readOnly.has(reason)) {
    const facts = await factsWithoutCertificate(evidence, context);
    return { verdict: 'parse-only', reason, message, claims, facts };
  }
  // An IAS report inside a certificate: nobody can verify it any more.
  if (evidence.kind === 'ra-tls' && reason === 'unsupported-version')
    return { verdict: 'parse-only', reason, message, claims, facts: {} };
  return invalidOutcome(refusal, claims);
}

/** The outcome of a vector of evidence. Throws `Refusal` for what cannot even be read. */
export async function runEvidence(
  vector: Vector,
  evidence: Evidence,
  inputs: Inputs,
  options: RunOptions,
): Promise<Outcome> {
  const at = vector.verifyAt === null ? options.now : Date.parse(vector.verifyAt);
  const [endorsements, roots] = [endorsementsOf(inputs), rootsOf(vector.kind, inputs)];
  const judged: Case = { vector, evidence, endorsements, roots, at, options };
  const { cache } = options;
  const verifyOptions = { at, roots, ...(cache && { cache }), ...engineOf(options) };
  const context = contextOf(verifyOptions);
  try {
    const partial = await signaturesOnly(judged, context);
    if (partial !== undefined) return partial;
  } catch (error) {
    if (error instanceof Refusal) return failureOutcome(error, judged, context);
    throw error;
  }
  const result = await verify(evidence, endorsements, verifyOptions);
  if (result.verdict === 'refused')
    return failureOutcome(new Refusal(result.reason, result.message), judged, context);
  return successOutcome(result, judged);
}
