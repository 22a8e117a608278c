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
  readonly #stat: Omit<Stat, 'size'>;
  readonly #budget: Budget;
  readonly #pieces = new Pieces();
  #size = 0;
  #open = 0;
  #linked = true;

  /** Throws `Errno` (NOSPC). */
  constructor(place: { readonly device: number; readonly inode: number }, budget: Budget) {
    this.#stat = { type: REGULAR_FILE, ...place };
    this.#budget = budget;
    budget.take(NODE);
  }

  get stat(): Stat {
    return { ...this.#stat, size: this.#size };
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
  }

  resize(size: number): void {
    if (size < this.#size) this.#shrink(size);
    else this.#grow(size);
    this.#size = size;
  }

  open(mode: OpenMode): Descriptor {
    this.#open++;
    return openContent(this, mode, () => {
      this.#open--;
      this.#forget();
    });
  }

  /** Its name is gone. Who has it open keeps it. */
  unlink(): void {
    this.#linked = false;
    this.#forget();
  }

  #forget(): void {
    if (this.#linked || this.#open > 0) return;
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
