/** What a verifier says of a vector, in the words of the format. */
import type { Cache, Crypto, Reason, Refusal } from '@gaiwan/attestation';
import type { ReadFile } from './format.ts';

/** How vectors are run. */
export interface RunOptions {
  readonly read: ReadFile;
  /** For vectors without a time, milliseconds since 1970. */
  readonly now: number;
  readonly crypto?: Crypto;
  readonly cache?: Cache;
}

/** What the library says of one vector. */
export interface Outcome {
  readonly verdict: string;
  readonly reason?: Reason;
  readonly message?: string;
  readonly claims: Readonly<Record<string, unknown>>;
  /** TCB and other facts that expectations speak of. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** The outcome of evidence that was refused. */
export function invalidOutcome({ code, message }: Refusal, claims: Outcome['claims'] = {}): Outcome {
  return { verdict: 'invalid', reason: code, message, claims, facts: {} };
}
