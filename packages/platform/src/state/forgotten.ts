/** What was forgotten of a log. */
import type { Store } from '@gaiwan/store';
import { keys } from '../domain/records.ts';
import { readRecord } from './transaction.ts';

export interface Forgotten {
  /** How many entries: the index of the first that counts. The store may still have some before it. */
  readonly position: number;
  /** SHA-256 (hex) of all of them, each over the one before; empty where nothing was forgotten. */
  readonly digest: string;
}

export const forgottenOf = async (store: Store, log: string): Promise<Forgotten> =>
  (await readRecord<Forgotten>(store, keys.forgotten(log))) ?? { position: 0, digest: '' };
