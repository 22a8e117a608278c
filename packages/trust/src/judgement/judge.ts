/** Judging evidence: genuine first, then one policy after another. The one place where that is done. */
import {
  appraise,
  type Cache,
  type Endorsements,
  type Evidence,
  type Policy,
  type Reason,
  Refusal,
  type Refused,
  type Verified,
  verify,
} from '@gaiwan/attestation';
import { SourceError } from '@gaiwan/attestation/sources';
import type { RootsOfTrust } from './roots.ts';

/** Whether evidence is genuine, and accepted. */
export interface Judgement {
  /** Where the evidence is genuine. */
  readonly verified?: Verified;
  /** Whether its root is a simulation's: said by the root itself, so that nobody can forget to. */
  readonly simulated: boolean;
  /** Whether the endorsements were those that came along with the evidence. */
  readonly givenEndorsements: boolean;
  /** Absent: genuine and accepted. */
  readonly refusal?: {
    readonly reason: Reason | 'no-endorsements';
    readonly message: string;
    readonly cause?: unknown;
  };
}

/** When and with what else evidence is judged. */
export interface JudgeSettings {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly cache?: Cache;
  /** For platforms that the source does not know: they must lead to the same roots. A source that fails is no reason to take them. */
  readonly given?: Endorsements;
}

/**
 * Judges evidence: it must be genuine, and one of the policies must accept it; without any policy, nothing is accepted. A refusal is
 * part of the answer.
 *
 * @throws {PolicyError} for a policy that is not one
 */
export async function judge(
  evidence: Evidence,
  trust: RootsOfTrust,
  policies: readonly Policy[],
  { at, cache, given }: JudgeSettings,
): Promise<Judgement> {
  let simulated = trust.simulated === true;
  let endorsements: Endorsements;
  let givenEndorsements = false;
  try {
    endorsements = await trust.endorsements.endorsements(evidence);
  } catch (cause) {
    const unknown =
      cause instanceof SourceError && (cause.code === 'not-found' || cause.code === 'wrong-kind');
    if (given === undefined || !unknown) {
      const reason = cause instanceof Refusal ? cause.code : 'no-endorsements';
      const why = cause instanceof Error ? cause.message : String(cause);
      const message = reason === 'no-endorsements' ? `Nothing endorses the evidence: ${why}` : why;
      return { simulated, givenEndorsements, refusal: { reason, message, cause } };
    }
    endorsements = given;
    givenEndorsements = true;
  }
  const { roots } = trust;
  const verified = await verify(evidence, endorsements, {
    at,
    ...(cache && { cache }),
    ...(roots && { roots }),
  });
  if (verified.verdict === 'refused') return { simulated, givenEndorsements, refusal: verified };
  simulated ||= verified.simulated;
  let first: Refused | undefined;
  for (const policy of policies) {
    const verdict = appraise(verified, policy);
    if (verdict.verdict === 'accepted') return { verified, simulated, givenEndorsements };
    first ??= verdict;
  }
  const nobody = {
    reason: 'policy-measurement',
    message: 'No policy was given, so every peer is rejected.',
  } as const;
  return { verified, simulated, givenEndorsements, refusal: first ?? nobody };
}
