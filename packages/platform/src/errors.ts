/**
 * Every refusal of the platform: a code, which decides the gRPC status and Teaclave's message (`platformRefusals`), and a
 * sentence that says what was wrong and what to do.
 */
import type { Code } from '@connectrpc/connect';
import { CodedError } from '@gaiwan/errors';
import { type GrpcRefusal, grpcStatuses } from '@gaiwan/protocol';
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
  readonly cause?: unknown;
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

  constructor(
    code: PlatformErrorCode,
    sentence: string,
    { wire, policyId, subjects = [], platformTime, retryAfterMs, cause }: RefusalDetails = {},
  ) {
    super(code, sentence, cause === undefined ? undefined : { cause });
    const row = rows[code];
    this.grpc = grpcStatuses[row.grpc];
    this.wire = wire ?? row.wire ?? sentence;
    this.policyId = policyId ?? row.policyId;
    this.subjects = subjects;
    this.platformTime = platformTime;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The beginning of what somebody sent, for a text. */
export const sentText = (text: string): string => text.slice(0, 80);

/** `throw refuse('approvals-missing', 'Not everyone has approved: …', { subjects })`. */
export const refuse = (code: PlatformErrorCode, sentence: string, details?: RefusalDetails): PlatformError =>
  new PlatformError(code, sentence, details);
