/** Shorthands of the negative tests: fake machines, and what verification says of what they make. */

import { FAKE_NOW } from '@gaiwan/attestation-kit/machines';
import { appraise } from '../src/appraise/appraise.ts';
import type { Policy } from '../src/appraise/policy.ts';
import type { Roots } from '../src/context.ts';
import type { Endorsements, Evidence } from '../src/evidence.ts';
import { type Verified, verify } from '../src/verify.ts';

export async function judge(
  evidence: Evidence | Uint8Array,
  endorsements: Endorsements,
  roots: Roots,
  at: number = FAKE_NOW,
): Promise<string> {
  const result = await verify(evidence, endorsements, { at, roots });
  return result.verdict === 'refused' ? result.reason : 'verified';
}

/** For evidence that must verify. */
export async function genuine(
  evidence: Evidence | Uint8Array,
  endorsements: Endorsements,
  roots: Roots,
  at: number = FAKE_NOW,
): Promise<Verified> {
  const result = await verify(evidence, endorsements, { at, roots });
  if (result.verdict === 'refused') throw new Error(`${result.reason}: ${result.message}`);
  return result;
}

export function appraisal(verified: Verified, policy: Policy): string {
  const result = appraise(verified, policy);
  return result.verdict === 'refused' ? result.reason : 'accepted';
}

/** A copy with one bit inverted. */
export function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at] = (copy[at] as number) ^ 1;
  return copy;
}
