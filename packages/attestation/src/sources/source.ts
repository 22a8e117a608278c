/** Where endorsements come from. The core never asks for them: a caller does, and hands the answer to `verify`. */
import type { Endorsements, Evidence } from '../evidence.ts';

export interface EndorsementSource {
  /** Endorsements for this evidence. Throws `SourceError`, or `Refusal` for evidence that cannot be read. */
  endorsements(evidence: Evidence): Promise<Endorsements>;
}

export type SourceErrorCode =
  /** No answer, or one that broke off. */
  | 'unreachable'
  /** Asked too often; `retryAfter` says when to ask again. */
  | 'rate-limited'
  /** The service does not know the platform. */
  | 'not-found'
  /** An answer that is not what the service's interface promises. */
  | 'bad-answer'
  /** Evidence of a kind that the source has nothing for. */
  | 'wrong-kind';

export class SourceError extends Error {
  override readonly name = 'SourceError';
  readonly code: SourceErrorCode;
  /** Seconds. */
  readonly retryAfter: number | undefined;

  constructor(code: SourceErrorCode, message: string, retryAfter?: number) {
    super(message);
    this.code = code;
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
