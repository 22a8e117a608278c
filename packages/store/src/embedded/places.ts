/** Where sealed values stand: what is authenticated with them. */
import type { Place } from '../sealed.ts';

export const entryPlace = (key: Uint8Array, version: number): Place => ({
  kind: 'entry',
  names: [key],
  numbers: [version],
});

export const rootPlace: Place = { kind: 'root', names: [], numbers: [] };

export const logPlace = (log: Uint8Array, position: number): Place => ({
  kind: 'log',
  names: [log],
  numbers: [position],
});

/** Token, time and order are authenticated with an item. */
export const itemPlace = (
  queue: Uint8Array,
  [seq, id, token, until]: readonly [number, Uint8Array, number, number],
): Place => ({
  kind: 'item',
  names: [queue, id],
  numbers: [seq, token, until],
});
