/** The epoch of the state, which a recovery raises. Written in the transaction that raises the store's own. */
import type { Batch, StoreHead } from '@gaiwan/store';
import { encodeRecord } from '../domain/codec.ts';
import { keys } from '../domain/records.ts';
import { auditAppend, operatorEntry } from './audit/entries.ts';
import type { Reader } from './reader.ts';
import { eventAppend } from './transaction.ts';

export interface EpochRecord {
  readonly epoch: number;
}

/** Begins with 1. */
export const epochOf = async (reader: Pick<Reader, 'read'>): Promise<number> =>
  (await reader.read<EpochRecord>(keys.epoch()))?.epoch ?? 1;

type Place = Pick<StoreHead, 'epoch' | 'commits'>;

/** An epoch that a recovery begins. */
export interface Recovered {
  readonly epoch: number;
  /** Where the folder was. */
  readonly accepted: Place;
  /** What the anchor remembers of what is given up. */
  readonly anchored?: Place;
}

/** The record of a new epoch, and what the audit log and the event log say of it. `now`: ms since the epoch of clocks. */
export function epochBegins({ epoch, accepted, anchored }: Recovered, now: number): Batch {
  const known = anchored ? `, where the anchor had ${shown(anchored)}` : '';
  const message = `recover: epoch ${epoch} begins with state ${shown(accepted)}${known}`;
  const entry = operatorEntry(message, now);
  const record = { epoch } satisfies EpochRecord;
  const event = { accepted: shown(accepted), ...(anchored && { anchored: shown(anchored) }) };
  const appends = [auditAppend([entry]), eventAppend({ type: 'epoch-begun', epoch, ...event }, now)];
  return {
    put: [{ key: keys.epoch(), value: encodeRecord(record) }],
    append: appends.map(([log, value]) => ({ log, value })),
  };
}

const shown = ({ epoch, commits }: Place): string => `${epoch}.${commits}`;
