/**
 * Every refusal of the platform: one stable code, the gRPC code and message of Teaclave's contract, and a sentence
 * that says what was wrong and what to do.
 */
import type { Code } from '@connectrpc/connect';

export interface PlatformErrorInit {
  /** Stable, kebab-case; listed in docs/errors.md. */
  readonly code: string;
  readonly grpc: Code;
  /** `grpc-message`: Teaclave's text where its contract has one. Defaults to the sentence. */
  readonly wire?: string;
  readonly policyId?: string;
  readonly subjects?: readonly string[];
  readonly cause?: unknown;
}

export class PlatformError extends Error {
  override readonly name = 'PlatformError';
  readonly code: string;
  readonly grpc: Code;
  readonly wire: string;
  readonly policyId: string | undefined;
  readonly subjects: readonly string[];
  constructor(sentence: string, init: PlatformErrorInit) {
    super(sentence, init.cause === undefined ? undefined : { cause: init.cause });
    this.code = init.code;
    this.grpc = init.grpc;
    this.wire = init.wire ?? sentence;
    this.policyId = init.policyId;
    this.subjects = init.subjects ?? [];
  }
}
