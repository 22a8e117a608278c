/** Members that manifests and agreements have in common. */
import { members, type Read, whole } from './form.ts';
import { type Authority, authority } from './public-key.ts';
import { type Subject, subject } from './subject.ts';
import { type TaskLimits, taskCeilings } from './task-limits.ts';

/** Who takes part, and what their approval rests on. */
export interface ManifestParticipant {
  readonly subject: Subject;
  readonly authority: Authority;
}

export const readParticipant: Read<ManifestParticipant> = members<ManifestParticipant>({
  subject,
  authority,
});

export const readLimits: Read<TaskLimits> = members<TaskLimits>({
  timeMs: whole(1, taskCeilings.timeMs),
  cpuMs: whole(1, taskCeilings.cpuMs),
  memoryMiB: whole(1, taskCeilings.memoryMiB),
  outputBytes: whole(1, taskCeilings.outputBytes),
  logBytes: whole(1, taskCeilings.logBytes),
  files: whole(1, taskCeilings.files),
  stagedBytes: whole(1, taskCeilings.stagedBytes),
  transferMs: whole(1, taskCeilings.transferMs),
});
