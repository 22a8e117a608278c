/** That a participant of a task has approved a manifest. */
export interface Approval {
  readonly participant: string;
  /** SHA-256 (hex) of the manifest's bytes. */
  readonly digest: string;
}

/** Who of the participants has not approved the manifest with this digest (hex). Approvals of another do not count. */
export function missingApprovals(
  participants: readonly string[],
  approvals: readonly Approval[],
  digest: string,
): string[] {
  const current = approvals.filter((approval) => approval.digest === digest);
  const approved = new Set(current.map(({ participant }) => participant));
  return participants.filter((participant) => !approved.has(participant));
}
