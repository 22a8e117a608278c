/** Every refusal that a user of this package sees, from wherever it comes. */

/** Codes that this package makes itself; the platform's own are listed in docs/errors.md. */
export type ClientErrorCode =
  /** The server's evidence is refused; `reason` says why (docs/attestation). */
  | 'untrusted-server'
  /** Not enough of the auditors have signed the reference values; nobody was asked anything. */
  | 'untrusted-auditors'
  /** Nobody answers, or the name is unknown. */
  | 'cannot-connect'
  /** The connection broke before the answer: whether the call took effect is unknown. */
  | 'connection-lost'
  /** An address, a policy or an enclave info that cannot be used. */
  | 'bad-connection-options'
  /** A name that no built-in function has, or options that do not fit it. */
  | 'bad-function-options'
  | 'closed'
  | 'not-logged-in'
  | 'timeout'
  | 'aborted'
  /** The platform's manifest does not hash to the digest it claims, or is no manifest. */
  | 'bad-manifest'
  /** Nothing has been written to this output yet. */
  | 'nothing-written'
  /** The key's scheme is not the file's. */
  | 'wrong-scheme'
  | 'upload-failed'
  | 'download-failed'
  | 'task-failed'
  | 'task-canceled';

export interface GaiwanErrorInit {
  /** The gRPC status code, where the platform answered. */
  readonly grpc?: number | undefined;
  readonly policyId?: string | undefined;
  readonly subjects?: readonly string[] | undefined;
  readonly reason?: string | undefined;
  readonly cause?: unknown;
}

export class GaiwanError extends Error {
  override readonly name = 'GaiwanError';
  /** Stable, kebab-case. */
  readonly code: ClientErrorCode | (string & {});
  readonly grpc: number | undefined;
  /** The access-control policy that decided, where one did. */
  readonly policyId: string | undefined;
  /** Whom a refused invocation waits for, and similar lists of names. */
  readonly subjects: readonly string[];
  /** Why a server was refused: a reason of `@gaiwan/attestation`. */
  readonly reason: string | undefined;
  constructor(code: ClientErrorCode | (string & {}), message: string, init: GaiwanErrorInit = {}) {
    super(message, init.cause === undefined ? undefined : { cause: init.cause });
    this.code = code;
    this.grpc = init.grpc;
    this.policyId = init.policyId;
    this.subjects = init.subjects ?? [];
    this.reason = init.reason;
  }
}
