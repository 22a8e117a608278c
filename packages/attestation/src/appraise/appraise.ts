/** Appraisal: whether genuine evidence is welcome, by a policy that is plain data. */
import type { Quote } from '../dcap/quote.ts';
import { Refusal } from '../refusal.ts';
import { type Refused, toRefused } from '../verdict.ts';
import type { Verified, VerifiedEvidence } from '../verify.ts';
import { dcapFacts, type Facts, nitroFacts, snpFacts } from './facts.ts';
import { checkPolicy, type Measurements, type Policy } from './policy.ts';
import { checkQuoteRules } from './quote-rules.ts';
import * as rules from './rules.ts';
import { armFacts, earFacts, psaFacts, tpmFacts } from './token-facts.ts';

/** The policy accepts the evidence. */
export interface Accepted {
  readonly verdict: 'accepted';
}

/** In this order: what makes evidence worthless first. */
const order: readonly rules.Rule[] = [
  rules.debug,
  rules.migration,
  rules.weakBanks,
  rules.separators,
  rules.measurement,
  rules.configuration,
  rules.signer,
  rules.reportData,
  rules.nonce,
  rules.age,
  rules.sessionSigning,
  rules.tcb,
  rules.snp,
  rules.keyTrust,
  rules.identity,
  rules.revocation,
  rules.earStatus,
];

/** Facts of the composite of Azure: hardware says who and what, the vTPM what was booted, and it has the nonce. */
function azureFacts({ hardware, tpm }: Extract<VerifiedEvidence, { kind: 'azure-vtpm' }>): Facts {
  const { reportData: _bound, ...below } = hardware.kind === 'snp' ? snpFacts(hardware) : dcapFacts(hardware);
  const above = tpmFacts(tpm);
  const { debug, migratable, signers, identity } = below;
  const measurements = { ...below.measurements, ...above.measurements };
  return { ...below, ...above, debug, migratable, signers, identity, measurements };
}

/** What evidence inside RA-TLS was made for is the key; a nonce, a time and a configuration are in the claims buffer. */
function raTlsFacts(verified: Extract<VerifiedEvidence, { kind: 'ra-tls' }>): Facts {
  const { inner, nonce, issuedAt, configuration, sessionSigningKey } = verified;
  const { reportData: _bound, ...facts } = factsOf(inner);
  return {
    ...facts,
    nonce: nonce ?? null,
    ...(issuedAt !== undefined && { time: issuedAt }),
    ...(configuration !== undefined && { configuration }),
    namesSessionSigningKey: sessionSigningKey !== undefined,
  };
}

function factsOf(verified: VerifiedEvidence): Facts {
  switch (verified.kind) {
    case 'sgx':
    case 'tdx':
      return dcapFacts(verified);
    case 'snp':
      return snpFacts(verified);
    case 'nitro':
      return nitroFacts(verified);
    case 'tpm':
      return tpmFacts(verified);
    case 'azure-vtpm':
      return azureFacts(verified);
    case 'ra-tls':
      return raTlsFacts(verified);
    case 'cca':
      return armFacts(verified);
    case 'psa':
      return psaFacts(verified);
    case 'ear':
      return earFacts(verified);
  }
}

/**
 * Registers of verified evidence by their names in policies, lower-case hexadecimal.
 */
export function measurementsIn(verified: VerifiedEvidence): Measurements {
  return factsOf(verified).measurements;
}

/** The quote of SGX or TDX in it, whose own fields have rules too. */
function quoteOf(verified: VerifiedEvidence): Quote | undefined {
  if (verified.kind === 'sgx' || verified.kind === 'tdx') return verified.quote;
  if (verified.kind === 'ra-tls') return quoteOf(verified.inner);
  return verified.kind === 'azure-vtpm' && verified.hardware.kind !== 'snp'
    ? verified.hardware.quote
    : undefined;
}

/**
 * Whether a policy accepts what `verify` found genuine. Whatever the policy does not mention is as strict as its fields say: without
 * measurements nothing is accepted.
 *
 * @throws {PolicyError} for a policy with unknown fields, or with values that they do not take
 *
 * @example
 * const appraisal = appraise(verified, { measurements: [{ mrTd }], nonce });
 * if (appraisal.verdict === 'refused') throw new Error(`${appraisal.reason}: ${appraisal.message}`);
 */
export function appraise(verified: Verified, policy: Policy): Accepted | Refused {
  checkPolicy(policy);
  try {
    const facts = factsOf(verified);
    for (const rule of order) rule(facts, policy, verified.at);
    const quote = quoteOf(verified);
    if (quote !== undefined) checkQuoteRules(quote, policy);
    return { verdict: 'accepted' };
  } catch (error) {
    if (error instanceof Refusal) return toRefused(error);
    throw error;
  }
}
