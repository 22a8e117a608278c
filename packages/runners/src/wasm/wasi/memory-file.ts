/** A file in memory, and the budget that it shares with others. */
import { refuse } from './call.ts';
import {
  type Content,
  type Descriptor,
  type OpenMode,
  openContent,
  REGULAR_FILE,
  type Stat,
} from './descriptors.ts';
import { NOSPC } from './errno.ts';
import { PIECE, Pieces } from './pieces.ts';
import { type NewTimes, type Now, Stamps } from './times.ts';

/** What a name and its file take beside its bytes, at least. */
export const NODE: number = 1024;

/** Bytes that all files of a folder take together. */
export class Budget {
  readonly #room: () => number;
  #taken = 0;
  /** @param room How many they may take at this moment. */
  constructor(room: () => number) {
    this.#room = room;
  }
  /** Throws `Errno` (NOSPC). */
  take(bytes: number): void {
    if (!this.has(bytes)) refuse(NOSPC);
    this.#taken += bytes;
  }
  has(bytes: number): boolean {
    return this.#taken + bytes <= this.#room();
  }
  give(bytes: number): void {
    this.#taken -= bytes;
  }
}

export class File implements Content {
  readonly #place: Pick<Stat, 'device' | 'inode'>;
  readonly #stamps: Stamps;
  readonly #budget: Budget;
  readonly #pieces = new Pieces();
  #size = 0;
  #open = 0;
  #names = 1;

  /** Throws `Errno` (NOSPC). */
  constructor(place: Pick<Stat, 'device' | 'inode'>, budget: Budget, now: Now) {
    budget.take(NODE);
    this.#place = place;
    this.#budget = budget;
    this.#stamps = new Stamps(now);
  }

  get stat(): Stat {
    return {
      type: REGULAR_FILE,
      size: this.#size,
      ...this.#place,
      links: this.#names,
      times: this.#stamps.times,
    };
  }

  read(target: Uint8Array, at: number): number {
    const count = Math.max(0, Math.min(target.length, this.#size - at));
    this.#pieces.copyTo(target.subarray(0, count), at);
    return count;
  }

  write(bytes: Uint8Array, at: number): void {
    if (bytes.length === 0) return;
    const end = at + bytes.length;
    this.#grow(end);
    this.#pieces.set(bytes, at);
    this.#size = Math.max(this.#size, end);
    this.#stamps.written();
  }

  resize(size: number): void {
    if (size < this.#size) this.#shrink(size);
    else this.#grow(size);
    this.#size = size;
    this.#stamps.written();
  }

  setTimes(times: NewTimes): void {
    this.#stamps.set(times);
  }

  open(mode: OpenMode): Descriptor {
    this.#open++;
    return openContent(this, mode, () => {
      this.#open--;
      this.#forget();
    });
  }

  /** It has a name more. Throws `Errno` (NOSPC). */
  link(): void {
    this.#budget.take(NODE);
    this.#names++;
  }

  /** One of its names is gone. Who has it open keeps it. */
  unlink(): void {
    this.#names--;
    if (this.#names > 0) this.#budget.give(NODE);
    else this.#forget();
  }

  #forget(): void {
    if (this.#names > 0 || this.#open > 0) return;
    this.#shrink(0);
    this.#budget.give(NODE);
  }

  /** At least to a size: with a reserve for what is written next, if there is room for one. */
  #grow(size: number): void {
    const { length } = this.#pieces;
    if (size <= length) return;
    const wish = size < PIECE ? Math.min(PIECE, Math.max(size, 2 * length)) : Math.ceil(size / PIECE) * PIECE;
    const larger = this.#budget.has(wish - length) ? wish : size;
    this.#budget.take(larger - length);
    this.#pieces.resize(larger);
  }

  #shrink(size: number): void {
    this.#budget.give(this.#pieces.length - size);
    this.#pieces.resize(size);
  }
}
