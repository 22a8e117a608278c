/**
 * What is held, summed up: each change is an entry of a log, in the commit that makes it, and now and then the sums of all entries up to a position
 * become a record. So a start reads that record and the entries after it, however much is held.
 */
import type { Subject } from '@gaiwan/protocol';
import type { Store } from '@gaiwan/store';
import { encodeRecord } from '../domain/codec.ts';
import { HELD_LOG, type HeldRecord, keys, type StorageHolder } from '../domain/records.ts';
import { readRecord } from './transaction.ts';
import { Used } from './used.ts';

export type Maker = Pick<HeldRecord, 'by' | 'group'>;

/** An entry of the log. */
export interface HeldChange extends Maker {
  readonly bytes: number;
  readonly items: number;
  /** The upload that began (`since`: ms since the epoch) or is unfinished no longer. */
  readonly upload?: string;
  readonly since?: number;
}

interface SumsRecord {
  /** Entries of the log that are summed up. */
  readonly position: number;
  readonly used: readonly (readonly [
    holder: string,
    bytes: number,
    items: number,
    unfinished: readonly (readonly [id: string, since: number])[],
  ])[];
}

export const changeEntry = (change: HeldChange): readonly [log: string, value: Uint8Array] => [
  HELD_LOG,
  Buffer.from(JSON.stringify(change)),
];

export class Sums {
  readonly #used = new Map<string, Used>();

  of(holder: StorageHolder): Used {
    return this.#at('user' in holder ? `user ${holder.user}` : `group ${holder.group}`);
  }

  #at(name: string): Used {
    const used = this.#used.get(name) ?? new Used();
    this.#used.set(name, used);
    return used;
  }

  add(maker: Maker, bytes: number, items: number): void {
    for (const holder of holdersOf(maker)) this.of(holder).add(bytes, items);
  }

  /** Uploads of all accounts that are not finished. */
  *unfinished(): Generator<readonly [id: string, since: number]> {
    for (const { unfinished } of this.#used.values()) yield* unfinished;
  }

  noteUpload(by: Subject, id: string, since: number | undefined): void {
    const { unfinished } = this.of({ user: by });
    if (since === undefined) unfinished.delete(id);
    else unfinished.set(id, since);
  }

  /** As the store has them. */
  static async read(
    store: Store,
  ): Promise<{ readonly sums: Sums; readonly from: number; readonly to: number }> {
    const sums = new Sums();
    const { position: from, used } = (await readRecord<SumsRecord>(store, keys.heldSums())) ?? {
      position: 0,
      used: [],
    };
    for (const [name, bytes, items, unfinished] of used) {
      const sum = sums.#at(name);
      sum.add(bytes, items);
      for (const [id, since] of unfinished) sum.unfinished.set(id, since);
    }
    for (let to = from; ; ) {
      const entries = await store.log(HELD_LOG, { from: to });
      if (entries.length === 0) return { sums, from, to };
      to += entries.length;
      for (const { value } of entries) {
        // Only `changeEntry` writes this log.
        const { bytes, items, upload, since, ...maker } = JSON.parse(
          Buffer.from(value).toString(),
        ) as HeldChange;
        sums.add(maker, bytes, items);
        if (upload !== undefined) sums.noteUpload(maker.by, upload, since);
      }
    }
  }

  /** So that the next start has less to read, and the disk less to keep. */
  static async keep(store: Store): Promise<void> {
    const key = keys.heldSums();
    // Older sums must not take the place of newer ones, whose entries are gone.
    const version = (await store.get(key))?.version ?? 0;
    const { sums, to: position } = await Sums.read(store);
    const used = [...sums.#used]
      .filter(([, { bytes, items, unfinished }]) => bytes !== 0 || items !== 0 || unfinished.size > 0)
      .map(([name, { bytes, items, unfinished }]) => [name, bytes, items, [...unfinished]] as const);
    const record: SumsRecord = { position, used };
    await store.commit({
      expect: [{ key, version }],
      put: [{ key, value: encodeRecord(record) }],
      trim: [{ log: HELD_LOG, before: position }],
    });
  }
}

export const holdersOf = ({ by, group }: Maker): StorageHolder[] => [
  { user: by },
  ...(group === undefined ? [] : [{ group }]),
];
