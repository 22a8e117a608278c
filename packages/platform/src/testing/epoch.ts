/** As a recovery leaves it. */
import type { Store } from '@gaiwan/store';
import { encodeRecord, keys } from '../domain/index.ts';

export const beginEpoch = (store: Store, epoch: number): Promise<void> =>
  store.commit({ put: [{ key: keys.epoch(), value: encodeRecord({ epoch }) }] });
