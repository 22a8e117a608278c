/** Files that the store of a data folder does not know, in its folder `blobs-set-aside`. */
import { join } from 'node:path';
import { type Aside, measureAside, removeAside } from '../services/storage/index.ts';

export type { Aside } from '../services/storage/index.ts';

export const asideOf = (data: string): string => join(data, 'blobs-set-aside');

/** What is there of all starts. `data`: the data folder. */
export const readSetAside = (data: string): Promise<Aside> => measureAside(asideOf(data));

/**
 * Removes all of it, for good; gives what was there. The platform may run meanwhile.
 *
 * @param data the data folder
 */
export const removeSetAside = (data: string): Promise<Aside> => removeAside(asideOf(data));
