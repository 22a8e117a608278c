/** Times of a file: nanoseconds since 1970, as `filestat` has them. */
import { refuse } from './call.ts';
import { INVAL } from './errno.ts';

export interface Times {
  readonly accessed: bigint;
  readonly modified: bigint;
  /** When anything of it changed, its times and names included. */
  readonly changed: bigint;
}

/** What is set; the others stay. */
export interface NewTimes {
  readonly accessed: bigint | undefined;
  readonly modified: bigint | undefined;
}

/** Nanoseconds. */
export type Now = () => bigint;

/** `fstflags`. */
const [ACCESSED, ACCESSED_NOW, MODIFIED, MODIFIED_NOW] = [1, 2, 4, 8];

/** What `fstflags` ask for. Throws `Errno` (INVAL) for both a time and now, and for flags that are none. */
export function newTimes(accessed: bigint, modified: bigint, flags: number, now: Now): NewTimes {
  const pick = (given: bigint, one: number, current: number): bigint | undefined => {
    if ((flags & one) !== 0 && (flags & current) !== 0) refuse(INVAL);
    if ((flags & current) !== 0) return now();
    return (flags & one) === 0 ? undefined : BigInt.asUintN(64, given);
  };
  if ((flags & ~(ACCESSED | ACCESSED_NOW | MODIFIED | MODIFIED_NOW)) !== 0) refuse(INVAL);
  return {
    accessed: pick(accessed, ACCESSED, ACCESSED_NOW),
    modified: pick(modified, MODIFIED, MODIFIED_NOW),
  };
}

/** The times of one file in memory. Reading leaves them as they are, as a file system mounted with `noatime` does. */
export class Stamps {
  readonly #now: Now;
  #times: Times;

  constructor(now: Now) {
    const made = now();
    this.#now = now;
    this.#times = { accessed: made, modified: made, changed: made };
  }

  get times(): Times {
    return this.#times;
  }

  set({ accessed, modified }: NewTimes): void {
    const { accessed: before, modified: written } = this.#times;
    this.#times = { accessed: accessed ?? before, modified: modified ?? written, changed: this.#now() };
  }

  /** Its bytes or its entries are others. */
  written(): void {
    const now = this.#now();
    this.#times = { ...this.#times, modified: now, changed: now };
  }
}
