/** Room on the disk: what is new is taken only while enough is left for the commits of what has begun. */
import { statfs } from 'node:fs/promises';
import { refuse } from '../errors.ts';
import { limits } from '../limits.ts';

export interface RoomOptions {
  /** Bytes that can still be written. */
  readonly free: () => Promise<number>;
  /** Bytes that are left to the store. */
  readonly reserve: number;
  /** ms, never set back. */
  readonly clock: () => number;
}

/** Free bytes of the file system that a folder is on, as far as this user may have them. */
export const freeOn = (folder: string) => async (): Promise<number> => {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
};

export class Room {
  readonly #options: RoomOptions;
  /** As it was seen last. */
  #free = 0;
  #seen = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | undefined;
  /** Bytes that are being written: the disk may not show them yet. */
  #promised = 0;

  constructor(options: RoomOptions) {
    this.#options = options;
  }

  /**
   * Promises so many bytes of what is free beyond the reserve. Dispose of the promise when they are written, or will not be.
   *
   * @throws PlatformError `disk-full` (rejects)
   */
  async take(bytes: number): Promise<Disposable> {
    await this.#lookFor(bytes);
    this.#check(bytes);
    this.#promised += bytes;
    return {
      [Symbol.dispose]: () => {
        this.#promised -= bytes;
        this.#free -= bytes;
      },
    };
  }

  /** There is so much now; nothing is promised. @throws PlatformError `disk-full` (rejects) */
  async require(bytes: number): Promise<void> {
    await this.#lookFor(bytes);
    this.#check(bytes);
  }

  async #lookFor(bytes: number): Promise<void> {
    if (this.#options.clock() - this.#seen >= limits.roomCheck.value) await this.#look();
    // What was freed since counts.
    if (!this.#has(bytes)) await this.#look();
  }

  #check(bytes: number): void {
    if (this.#has(bytes)) return;
    throw refuse(
      'disk-full',
      "The platform's disk is full: nothing of this request is kept. Try again when its operator has made room.",
    );
  }

  #has(bytes: number): boolean {
    return this.#free - this.#promised - bytes >= this.#options.reserve;
  }

  #look(): Promise<void> {
    this.#looking ??= this.#options
      .free()
      .then((free) => {
        this.#free = free;
        this.#seen = this.#options.clock();
      })
      .finally(() => (this.#looking = undefined));
    return this.#looking;
  }
}
