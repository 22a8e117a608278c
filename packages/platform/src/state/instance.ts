/** Which platform this is: a random id, made once in the life of a data folder. */
import { randomBytes } from 'node:crypto';
import type { Store } from '@gaiwan/store';
import { keys } from '../domain/records.ts';
import type { Clock } from '../ports.ts';
import { transact } from './transaction.ts';

interface InstanceRecord {
  readonly id: string;
}

/** 32 bytes, in hex. */
export const openInstance = (store: Store, clock: Clock): Promise<string> =>
  transact(store, clock, async (tx) => {
    const known = await tx.read<InstanceRecord>(keys.instance());
    if (known) return known.id;
    const made: InstanceRecord = { id: randomBytes(32).toString('hex') };
    tx.put(keys.instance(), made);
    return made.id;
  });
