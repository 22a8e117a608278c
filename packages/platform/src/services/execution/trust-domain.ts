/**
 * Who would learn what, if one call of a function could see what another had: the digest of all that decides it. A sandbox is kept for
 * calls of one domain. It comes from the approved manifest alone, so neither a function nor a control plane can choose it.
 */
import { createHash } from 'node:crypto';
import type { Executor } from '@gaiwan/executors';
import type { TaskManifest } from '@gaiwan/protocol';

/** SHA-256, hexadecimal. */
export function trustDomain(
  { function: fn, executor, creator, participants, inputs, outputs, logs }: TaskManifest,
  { name, layers }: Pick<Executor, 'name' | 'layers'>,
): string {
  const owners = (files: readonly { readonly slot: string; readonly owners: readonly string[] }[]) =>
    files.map((file) => [file.slot, file.owners]);
  // Lists of the manifest are sorted, and JSON tells where each of their members ends.
  const parts = [
    'gaiwan-trust-domain/1',
    [fn.id, fn.version, fn.name, fn.executorType, fn.owner],
    [executor, name, layers],
    creator,
    participants.map(({ subject, authority }) => [subject, authority]),
    owners(inputs),
    owners(outputs),
    logs,
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
