/** Every refusal that a user of this package sees, from wherever it comes. */
import { CodedError } from '@gaiwan/errors';
import type { WireRefusalCode } from '@gaiwan/protocol';
import type { clientRefusals, statusRefusals } from './refusals.ts';

/** Codes that this package makes itself. */
export type ClientErrorCode = keyof typeof clientRefusals | keyof typeof statusRefusals;

/** Every code that this version knows: this package's own, and those that a platform sends (docs/errors.md). */
export type GaiwanErrorCode = ClientErrorCode | WireRefusalCode;

/** One of those that are in the way. */
export interface ErrorDetail {
  /** A code of docs/errors.md. */
  readonly reason: string;
  /** A user, a slot, an argument, data: whatever `reason` is about. Empty where it is the call as a whole. */
  readonly subject: string;
  /** One sentence: what to do. */
  readonly remedy: string;
}

export interface GaiwanErrorInit {
  /** The gRPC status code, where the platform answered. */
  readonly grpc?: number | undefined;
  readonly policyId?: string | undefined;
  readonly subjects?: readonly string[] | undefined;
  readonly reason?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly details?: readonly ErrorDetail[] | undefined;
  readonly roles?: readonly string[] | undefined;
  readonly cause?: unknown;
}

/**
 * The only error that this package throws about a platform; files that cannot be decrypted or read throw `FilesError` of
 * `@gaiwan/files`.
 *
 * ```ts
 * try {
 *   await client.tasks.invoke(taskId);
 * } catch (error) {
 *   if (error instanceof GaiwanError && error.code === 'approvals-missing')
 *     console.log(`waiting for ${error.subjects.join(', ')}`);
 *   else throw error;
 * }
 * ```
 */
export class GaiwanError extends CodedError<GaiwanErrorCode | (string & {})> {
  override readonly name = 'GaiwanError';
  readonly grpc: number | undefined;
  /** The access-control policy that decided, where one did. */
  readonly policyId: string | undefined;
  /** Whom a refused invocation waits for, and similar lists of names. */
  readonly subjects: readonly string[];
  /** Why a server was refused: a reason of `@gaiwan/attestation`. */
  readonly reason: string | undefined;
  /** Of a call that was refused because there were too many, or they held too much, or of a throttled login: ms to wait before the next. */
  readonly retryAfterMs: number | undefined;
  /** One for each of `subjects`, or one without a subject; none where the platform did not answer. */
  readonly details: readonly ErrorDetail[];
  /** Of a call that the caller's role may not make: the roles that may. An administrator gives roles. */
  readonly roles: readonly string[];

  /** `code`: a newer platform may send one that this version does not know. */
  constructor(code: GaiwanErrorCode | (string & {}), message: string, init: GaiwanErrorInit = {}) {
    super(code, message, init.cause === undefined ? undefined : { cause: init.cause });
    this.grpc = init.grpc;
    this.policyId = init.policyId;
    this.subjects = init.subjects ?? [];
    this.reason = init.reason;
    this.retryAfterMs = init.retryAfterMs;
    this.details = init.details ?? [];
    this.roles = init.roles ?? [];
  }
}
