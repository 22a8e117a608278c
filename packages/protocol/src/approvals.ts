import type { Subject } from './subject.ts';

/** That a participant of a task has approved a manifest. */
export interface Approval {
  readonly participant: Subject;
  /** SHA-256 (hex) of the manifest's bytes. */
  readonly digest: string;
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
