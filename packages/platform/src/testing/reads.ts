/** What is read of a store meanwhile: how the cost of a call is told from how long it takes. */
import type { Key, Store } from '@gaiwan/store';
import { vi } from 'vitest';

export interface Reads {
  /** The first segment of each key that was read. */
  readonly keys: string[];
  /** Of their values. */
  bytes: number;
}

export async function readBy(store: Store, work: () => Promise<unknown>): Promise<Reads> {
  const found: Reads = { keys: [], bytes: 0 };
  const [get, getMany, scan] = [store.get.bind(store), store.getMany.bind(store), store.scan.bind(store)];
  const spies = [
    vi.spyOn(store, 'get').mockImplementation(async (key) => {
      const entry = await get(key);
      found.keys.push(...key.slice(0, 1));
      found.bytes += entry?.value.length ?? 0;
      return entry;
    }),
    vi.spyOn(store, 'getMany').mockImplementation(async (wanted: readonly Key[]) => {
      const entries = await getMany(wanted);
      found.keys.push(...wanted.flatMap((key) => key.slice(0, 1)));
      found.bytes += entries.reduce((sum, entry) => sum + (entry?.value.length ?? 0), 0);
      return entries;
    }),
    vi.spyOn(store, 'scan').mockImplementation(async (prefix, options) => {
      const page = await scan(prefix, options);
      found.keys.push(...page.entries.flatMap(({ key }) => key.slice(0, 1)));
      found.bytes += page.entries.reduce((sum, { value }) => sum + value.length, 0);
      return page;
    }),
  ];
  try {
    await work();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return found;
}
