/** What accounts may have the platform keep, and what room is left to its store. */

import type { Store } from '@gaiwan/store';
import { systemClock } from '../clock.ts';
import { limits } from '../limits.ts';
import { defaultQuotas, Holdings } from '../state/holdings.ts';
import { freeOn, Room } from '../state/room.ts';

/** For whom nothing else is said (`gaiwan quota set`); what is absent is as in docs/limits.md. */
export interface StorageOptions {
  readonly userBytes?: number;
  readonly userItems?: number;
  readonly groupBytes?: number;
  readonly groupItems?: number;
  /** Free bytes of the disk that nothing new may take. */
  readonly reserveBytes?: number;
}

/** `data`: the data folder. */
export async function openHoldings(
  store: Store,
  data: string,
  options: StorageOptions,
): Promise<{ readonly holdings: Holdings; readonly room: Room }> {
  const reserve = options.reserveBytes ?? limits.roomOfStore.value;
  const room = new Room({ free: freeOn(data), reserve, clock: () => systemClock.monotonic() });
  const { user, group } = defaultQuotas;
  const quotas = {
    user: { bytes: options.userBytes ?? user.bytes, items: options.userItems ?? user.items },
    group: { bytes: options.groupBytes ?? group.bytes, items: options.groupItems ?? group.items },
  };
  return { holdings: await Holdings.open({ store, quotas, room }), room };
}
