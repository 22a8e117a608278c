/** A symbolic link in memory. */
import { type Stat, SYMBOLIC_LINK } from './descriptors.ts';
import { type Budget, NODE } from './memory-file.ts';
import { type NewTimes, type Now, Stamps } from './times.ts';

export class Link {
  /** A path, relative to the folder that the link is in. */
  readonly target: string;
  readonly #place: Pick<Stat, 'device' | 'inode'>;
  readonly #budget: Budget;
  readonly #size: number;
  readonly #stamps: Stamps;
  #names = 1;

  /** Throws `Errno` (NOSPC). */
  constructor(target: string, place: Pick<Stat, 'device' | 'inode'>, budget: Budget, now: Now) {
    this.#size = Buffer.byteLength(target);
    budget.take(NODE + this.#size);
    this.target = target;
    this.#place = place;
    this.#budget = budget;
    this.#stamps = new Stamps(now);
  }

  get stat(): Stat {
    return {
      type: SYMBOLIC_LINK,
      size: this.#size,
      ...this.#place,
      links: this.#names,
      times: this.#stamps.times,
    };
  }

  setTimes(times: NewTimes): void {
    this.#stamps.set(times);
  }

  /** It has a name more. Throws `Errno` (NOSPC). */
  link(): void {
    this.#budget.take(NODE);
    this.#names++;
  }

  /** One of its names is gone. */
  unlink(): void {
    this.#names--;
    this.#budget.give(this.#names > 0 ? NODE : NODE + this.#size);
  }
}
