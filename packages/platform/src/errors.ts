/**
 * Every refusal of the platform: a code, which decides the gRPC status and Teaclave's message (`platformRefusals`), and a
 * sentence that says what was wrong and what to do.
 */
import type { Code } from '@connectrpc/connect';
import { CodedError } from '@gaiwan/errors';
import { type GrpcRefusal, grpcStatuses } from '@gaiwan/protocol';
import { limits } from './limits.ts';
import { type PlatformErrorCode, platformRefusals } from './refusals.ts';

const rows: Readonly<Record<PlatformErrorCode, GrpcRefusal>> = platformRefusals;

export interface RefusalDetails {
  /**
   * `grpc-message`, where Teaclave's contract has a text that names what was sent.
   */
  readonly wire?: string;
  /** The policy that decided, where the code does not say. */
  readonly policyId?: string | undefined;
  /** Names that the refusal is about, e.g. of users who have not approved. */
  readonly subjects?: readonly string[];
  /** Where the caller's clock is what is wrong: ms since the epoch. */
  readonly platformTime?: number | undefined;
  /** Where it is a matter of how much is asked for at once: the least time after which to call again. */
  readonly retryAfterMs?: number | undefined;
  /** What to do, where the code alone does not say it. */
  readonly remedy?: string | undefined;
  /** The roles that may do what the caller's may not. */
  readonly roles?: readonly string[];
  /** Whom or what it is about, where that is one and no list. */
  readonly about?: string | undefined;
  readonly cause?: unknown;
}

/** One of those that are in the way, and what to do about it. */
export interface ErrorDetail {
  readonly reason: PlatformErrorCode;
  readonly subject: string;
  readonly remedy: string;
}

export class PlatformError extends CodedError<PlatformErrorCode> {
  override readonly name = 'PlatformError';
  readonly grpc: Code;
  /** `grpc-message`. */
  readonly wire: string;
  readonly policyId: string | undefined;
  readonly subjects: readonly string[];
  readonly platformTime: number | undefined;
  readonly retryAfterMs: number | undefined;
  /** What to do. */
  readonly remedy: string;
  readonly roles: readonly string[];
  readonly about: string | undefined;

  constructor(code: PlatformErrorCode, sentence: string, details: RefusalDetails = {}) {
    const { wire, policyId, subjects = [], platformTime, retryAfterMs, cause } = details;
    super(code, sentence, cause === undefined ? undefined : { cause });
    const row = rows[code];
    this.grpc = grpcStatuses[row.grpc];
    this.wire = wire ?? row.wire ?? sentence;
    this.policyId = policyId ?? row.policyId;
    this.subjects = subjects;
    this.platformTime = platformTime;
    this.retryAfterMs = retryAfterMs;
    this.remedy = details.remedy ?? row.remedy;
    this.roles = details.roles ?? [];
    this.about = details.about;
  }

  /** One for each of those that it is about, of the first ones. */
  get details(): readonly ErrorDetail[] {
    const { code: reason, remedy, subjects, about = '' } = this;
    const first = subjects.slice(0, limits.errorDetails.value);
    return (first.length > 0 ? first : [about]).map((subject) => ({ reason, subject, remedy }));
  }
}

/** The beginning of what somebody sent, for a text. */
export const sentText = (text: string): string => text.slice(0, 80);

/** `throw refuse('approvals-missing', 'Not everyone has approved: …', { subjects })`. */
export const refuse = (code: PlatformErrorCode, sentence: string, details?: RefusalDetails): PlatformError =>
  new PlatformError(code, sentence, details);
