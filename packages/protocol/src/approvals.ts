/** That a participant of a task has approved a manifest. */
export interface Approval {
  readonly participant: string;
  /** SHA-256 (hex) of the manifest's bytes. */
  readonly digest: string;
}

/**
 * Who must still approve the manifest with this digest (hex) before the task may run. A sole participant approves by
 * invoking the task.
 */
export function missingApprovals(
  participants: readonly string[],
  approvals: readonly Approval[],
  digest: string,
): string[] {
  if (participants.length === 1) return [];
  const approved = new Set(
    approvals.filter((one) => one.digest === digest).map(({ participant }) => participant),
  );
  return participants.filter((participant) => !approved.has(participant));
}
