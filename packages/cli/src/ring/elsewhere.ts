/** Rings of other users and other instances on this machine. */
import { join } from 'node:path';
import type { Context } from '../context.ts';
import { CliError } from '../errors.ts';
import { filesIn, type Ring, ringsFolder } from './ring.ts';

/** `ring-foreign`, where another ring on this machine has the task. */
export function foreignRecord(env: Context['env'], { owner }: Ring, task: string): CliError | undefined {
  const rings = ringsFolder(env);
  for (const instance of filesIn(rings))
    for (const user of filesIn(join(rings, instance))) {
      if (!filesIn(join(rings, instance, user)).includes(`${task}.json`)) continue;
      const whose = decodeURIComponent(user);
      if (instance === owner.instance && whose === owner.user) continue;
      return new CliError(
        'ring-foreign',
        `${task} is in the key ring of ${whose} at the instance ${instance}; you are ${owner.user} at ${owner.instance}.`,
      );
    }
  return undefined;
}
