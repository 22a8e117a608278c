/** Approving a task's manifest: Teaclave's call approves the present one, ours the one of a digest. */
import { manifestDigest, type TaskRecord } from '../../domain/index.ts';
import type { CommandCall, Effect } from '../../pipeline/spec.ts';
import { takeStep } from '../../tasks/steps.ts';

/** `digest`: SHA-256 of the manifest that the participant looked at. `requireKeys`: only with participants that have keys. */
export async function approve(
  { tx, caller, proof, read, resource: before }: CommandCall<unknown, TaskRecord>,
  asked: { readonly digest?: Uint8Array; readonly requireKeys?: boolean } = {},
): Promise<Effect<object>> {
  const { digest, requireKeys = false } = asked;
  const [account] = await read.accounts([caller.subject]);
  const given = {
    requireKeys: requireKeys || account?.requireKeys === true,
    by: caller.subject,
    ...(digest && { digest }),
    ...(proof.by === 'key' && { signature: proof.signature }),
  };
  const { task, event } = takeStep(tx, { operation: 'approve', before, given });
  const approved = manifestDigest(before).hex;
  return { reply: {}, event: { ...event, digest: approved }, task };
}
