/** The form of a refusal that a platform sends. */
import type { RefusalEntry } from '@gaiwan/errors';

/** The gRPC statuses that refusals have, with their numbers. */
export const grpcStatuses = {
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;

export type GrpcStatus = keyof typeof grpcStatuses;

export interface WireRefusal extends RefusalEntry {
  /** Absent for a code that is sent over plain HTTP only. */
  readonly grpc?: GrpcStatus;
  /** `grpc-message`: Teaclave's text where its contract has one. Where it is absent, the message is the error's sentence. */
  readonly wire?: string;
  /** The status of an answer over plain HTTP, where the code is sent that way. */
  readonly http?: number;
  /** The rule that decides, where it is always the same one. */
  readonly policyId?: string;
}

/** A refusal that is sent over gRPC. */
export interface GrpcRefusal extends WireRefusal {
  readonly grpc: GrpcStatus;
}

/** A refusal that is sent over plain HTTP. */
export interface HttpRefusal extends WireRefusal {
  readonly http: number;
}

/** The codes of a table whose rows are of one kind, e.g. `CodeOf<typeof table, HttpRefusal>`. */
export type CodeOf<Table, Row> = {
  [Code in keyof Table]: Table[Code] extends Row ? Code : never;
}[keyof Table] &
  string;
