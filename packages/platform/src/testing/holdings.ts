/** Counting without a disk. */
import type { Store } from '@gaiwan/store';
import { defaultQuotas, Holdings, type StorageQuotas } from '../state/holdings.ts';

/** A disk without an end. */
export const endlessRoom = {
  require: async () => undefined,
  take: async () => ({ [Symbol.dispose]: () => undefined }),
};

export const openTestHoldings = (store: Store, quotas: Partial<StorageQuotas> = {}): Promise<Holdings> =>
  Holdings.open({ store, quotas: { ...defaultQuotas, ...quotas }, room: endlessRoom });
