/** What a client remembers of each platform: the newest state that it saw. */
import { isDeepStrictEqual } from 'node:util';
import type { PlatformState } from '@gaiwan/trust';

/**
 * Where the newest state of each instance is kept between clients. `stateFolder` keeps it in files; make your own for another place.
 * What is lost here, nobody notices an older copy of the platform by.
 */
export interface StateMemory {
  /** The newest that was written for this instance (64 hexadecimal digits). */
  read(instance: string): Promise<PlatformState | undefined>;
  /** Keeps it, unless it has a newer one: several clients may write at once, in any order. */
  write(instance: string, state: PlatformState): Promise<void>;
}

type Place = Pick<PlatformState, 'epoch' | 'commits'>;

/** Negative where the first is older. States of one place that differ are a fork: `isFork`. */
export const compareStates = (one: Place, other: Place): number =>
  one.epoch - other.epoch || one.commits - other.commits;

/** Whether they cannot both have been states of one platform. */
export const isFork = (one: PlatformState, other: PlatformState): boolean =>
  compareStates(one, other) === 0 && !isDeepStrictEqual([one.digest, one.run], [other.digest, other.run]);

/** For the life of one client, or of a program. */
export class StatesInMemory implements StateMemory {
  readonly #newest = new Map<string, PlatformState>();

  async read(instance: string): Promise<PlatformState | undefined> {
    return this.#newest.get(instance);
  }

  async write(instance: string, state: PlatformState): Promise<void> {
    const known = this.#newest.get(instance);
    if (known && compareStates(known, state) >= 0) return;
    this.#newest.set(instance, { ...state });
  }
}
