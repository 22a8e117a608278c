/** One door to every format. */
import { type VerifiedCca, verifyCca } from './arm/cca.ts';
import { type VerifiedPsa, verifyPsa } from './arm/psa.ts';
import { type Hardware, type VerifiedAzure, verifyAzure } from './azure/verify.ts';
import type { Context } from './context.ts';
import { type VerifiedDcap, verifyDcap } from './dcap/verify.ts';
import { detect } from './detect.ts';
import type { Endorsements, Evidence } from './evidence.ts';
import { type VerifiedNitro, verifyNitro } from './nitro/verify.ts';
import { type VerifiedRaTls, verifyRaTls } from './ratls/verify.ts';
import { Refusal } from './refusal.ts';
import { type VerifiedEar, verifyEar } from './results/ear.ts';
import { type VerifiedSnp, verifySnp } from './snp/verify.ts';
import { type VerifiedTpm, verifyTpmQuote } from './tpm/quote.ts';
import { judge, type Refused, type Verification, type VerifyOptions } from './verdict.ts';

/** What can stand in a certificate and vouch for its key. */
export type VerifiedInner = VerifiedDcap | VerifiedSnp | VerifiedNitro | VerifiedTpm | VerifiedCca;

/** Genuine evidence: claims, TCB status and facts. Not yet accepted by anybody: see `appraise`. */
export type VerifiedEvidence =
  | VerifiedDcap
  | VerifiedSnp
  | VerifiedNitro
  | VerifiedTpm
  | VerifiedAzure<VerifiedDcap | VerifiedSnp>
  | VerifiedCca
  | VerifiedPsa
  | VerifiedRaTls<VerifiedInner>
  | VerifiedEar;

/** `at`: the time of verification, milliseconds since 1970. */
export type Verified = { readonly verdict: 'verified'; readonly at: number } & VerifiedEvidence;

/** The judge of the hardware inside a composite of Azure. */
function azureHardware(endorsements: Endorsements, context: Context) {
  return async (kind: 'snp' | 'tdx', bytes: Uint8Array): Promise<Hardware<VerifiedDcap | VerifiedSnp>> => {
    if (kind === 'snp') {
      const verified = await verifySnp(bytes, endorsements, context);
      const { measurement, vmpl, reportData } = verified.report;
      return { verified, reportData, body: {}, claims: { measurement, vmpl } };
    }
    const verified = await verifyDcap(bytes, endorsements, context);
    const { body } = verified.quote;
    const claims = { ...('mrTd' in body && { mrTd: body.mrTd }), fmspc: verified.pck.fmspc };
    return { verified, reportData: body.reportData, body: { ...body }, claims };
  };
}

/** Evidence that can vouch for the key of a session. */
async function verifyInner(
  evidence: Evidence,
  endorsements: Endorsements,
  context: Context,
): Promise<VerifiedInner> {
  switch (evidence.kind) {
    case 'dcap':
      return verifyDcap(evidence.quote, endorsements, context);
    case 'snp':
      return verifySnp(evidence.report, endorsements, context);
    case 'nitro':
      return verifyNitro(evidence.document, context);
    case 'tpm':
      return verifyTpmQuote(evidence, endorsements, context);
    case 'cca':
      return verifyCca(evidence.token, endorsements.publicKey, context);
    default:
      throw new Refusal(
        'unsupported-version',
        `Evidence of the kind "${evidence.kind}" cannot vouch for a key.`,
      );
  }
}

async function verifyIn(
  evidence: Evidence,
  endorsements: Endorsements,
  context: Context,
): Promise<VerifiedEvidence> {
  switch (evidence.kind) {
    case 'azure-vtpm':
      return verifyAzure(evidence, context, azureHardware(endorsements, context));
    case 'psa':
      return verifyPsa(evidence.token, endorsements.publicKey, context);
    case 'ra-tls':
      return verifyRaTls(evidence, context, (inner) => verifyInner(inner, endorsements, context));
    case 'ear': {
      if (endorsements.results === undefined)
        throw new Refusal('missing-collateral', "The verifier's keys were not given.");
      return verifyEar(evidence.token, endorsements.results, context);
    }
    default:
      return verifyInner(evidence, endorsements, context);
  }
}

/**
 * Verifies evidence: every signature, chain, revocation list and endorsement, at the time `options.at`. What comes out is genuine, and
 * nothing is said about whether it is welcome: `appraise` it against a policy. Never rejects for evidence that is not genuine: that is a
 * `Refused` value.
 *
 * @param evidence in its parts, or bytes of a format that consists of one piece
 * @param endorsements what vouches for it, as vendors serve it; sources fetch them
 * @throws {TypeError} for a time that is none
 *
 * @example
 * const verified = await verify({ kind: 'dcap', quote }, endorsements, { at: new Date() });
 * if (verified.verdict === 'refused') throw new Error(`${verified.reason}: ${verified.message}`);
 * if (verified.simulated) console.warn('SIMULATION: the root vouches for no hardware.');
 */
export async function verify(
  evidence: Evidence | Uint8Array,
  endorsements: Endorsements,
  options: VerifyOptions,
): Promise<Verified | Refused> {
  const result: Verification<{ at: number } & VerifiedEvidence> = await judge(options, async (context) => {
    const known = evidence instanceof Uint8Array ? detect(evidence) : evidence;
    return { at: context.at, ...(await verifyIn(known, endorsements, context)) };
  });
  return result;
}
