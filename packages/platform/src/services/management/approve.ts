/** Approving a task's manifest: Teaclave's call approves the present one, ours the one of a digest. */
import { manifestDigest, type TaskRecord } from '../../domain/index.ts';
import type { CommandCall, Effect } from '../../pipeline/spec.ts';
import { takeStep } from '../../tasks/steps.ts';

/** `digest`: SHA-256 of the manifest that the participant looked at. */
export function approve(
  { tx, caller, resource: before }: CommandCall<unknown, TaskRecord>,
  digest?: Uint8Array,
): Effect<object> {
  const given = { by: caller.subject, ...(digest && { digest }) };
  const { task, event } = takeStep(tx, { operation: 'approve', before, given });
  const approved = manifestDigest(before).hex;
  return { reply: {}, event: { ...event, digest: approved }, task };
}
