/** The epoch of the state, which a recovery raises. Written in the transaction that raises the store's own. */
import { keys } from '../domain/records.ts';
import type { Reader } from './reader.ts';

export interface EpochRecord {
  readonly epoch: number;
}

/** Begins with 1. */
export const epochOf = async (reader: Pick<Reader, 'read'>): Promise<number> =>
  (await reader.read<EpochRecord>(keys.epoch()))?.epoch ?? 1;
