/** Where endorsements come from. The core never asks for them: a caller does, and hands the answer to `verify`. */
import { CodedError, type RefusalTable } from '@gaiwan/errors';
import type { Endorsements, Evidence } from '../evidence.ts';

/** Anything that has endorsements for evidence. */
export interface EndorsementSource {
  /** Endorsements for this evidence. Throws `SourceError`, or `Refusal` for evidence that cannot be read. */
  endorsements(evidence: Evidence): Promise<Endorsements>;
}

/** Codes of `SourceError`. */
export const sourceRefusals = {
  unreachable: {
    meaning: 'The service gave no answer, or one that broke off.',
    remedy: 'Check its address and the network, and ask again.',
  },
  'rate-limited': {
    meaning: 'The service is asked too often.',
    remedy: 'Wait for the seconds of `retryAfter`, or a minute without it; a cache asks less often.',
  },
  'not-found': {
    meaning: 'The service does not know the platform.',
    remedy: "Register the platform with its vendor's service, or give its endorsements yourself.",
  },
  'bad-answer': {
    meaning: "An answer is not what the service's interface promises, or larger than any is.",
    remedy: 'Check that the address is that of such a service.',
  },
  'wrong-kind': {
    meaning: 'The source has nothing for evidence of this kind.',
    remedy: 'Ask the source of the vendor whose hardware made the evidence.',
  },
} as const satisfies RefusalTable;

/** Why endorsements could not be had. */
export type SourceErrorCode = keyof typeof sourceRefusals;

/** Endorsements could not be had: it says nothing about the evidence. */
export class SourceError extends CodedError<SourceErrorCode> {
  override readonly name = 'SourceError';
  /** Seconds after which to ask again, where the service says so. */
  readonly retryAfter: number | undefined;

  constructor(code: SourceErrorCode, message: string, retryAfter?: number) {
    super(code, message);
    this.retryAfter = retryAfter;
  }
}

/** The same endorsements for everything: for tests, and where they came along with the evidence. */
export function memorySource(endorsements: Endorsements): EndorsementSource {
  return { endorsements: () => Promise.resolve(endorsements) };
}

/** Asks one source after another until one has something for the kind of evidence. */
export function firstOf(...sources: readonly EndorsementSource[]): EndorsementSource {
  return {
    async endorsements(evidence) {
      for (const source of sources) {
        try {
          return await source.endorsements(evidence);
        } catch (error) {
          if (!(error instanceof SourceError) || error.code !== 'wrong-kind') throw error;
        }
      }
      throw new SourceError(
        'wrong-kind',
        `No source has endorsements for evidence of the kind "${evidence.kind}".`,
      );
    },
  };
}
