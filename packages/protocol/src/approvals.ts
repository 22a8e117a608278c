/** That a participant of a task has approved a manifest. */
import type { Statement } from './statement.ts';
import type { Subject } from './subject.ts';

export interface Approval {
  readonly participant: Subject;
  /** SHA-256 (hex) of the manifest's bytes. */
  readonly digest: string;
  /** Of a participant that has a key: see `approvalStatement`. */
  readonly signature?: ApprovalSignature;
}

/** A signature, and all of its statement that the approval itself does not say. */
export interface ApprovalSignature extends Pick<Statement, 'instance' | 'nonce' | 'time'> {
  /** SPKI (DER). */
  readonly publicKey: Uint8Array;
  /** 64 bytes, whatever the algorithm. */
  readonly signature: Uint8Array;
}

/** Who of the participants has not approved the manifest with this digest (hex). Approvals of another do not count. */
export function missingApprovals(
  participants: readonly Subject[],
  approvals: readonly Approval[],
  digest: string,
): Subject[] {
  const current = approvals.filter((approval) => approval.digest === digest);
  const approved = new Set(current.map(({ participant }) => participant));
  return participants.filter((participant) => !approved.has(participant));
}
