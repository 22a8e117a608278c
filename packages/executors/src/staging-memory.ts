/** Memory for plaintext between decryption and use: what is staged beyond it goes to the disk, sealed. */
import { limits } from './limits.ts';

/** Some bytes, which several takers share: a worker has one, and each of its tasks a part of that. */
export class StagingMemory {
  readonly #parent: StagingMemory | undefined;
  readonly #most: number;
  #used = 0;
  #closed = false;

  /** `most`: bytes, by default a worker's; `parent`: of whose bytes they are. */
  constructor(most: number = limits.stagedMemory.value, parent?: StagingMemory) {
    this.#most = most;
    this.#parent = parent;
  }

  /** Bytes that are taken. */
  get used(): number {
    return this.#used;
  }

  /** One task's: at most so many of these bytes, all of which `close` gives back. */
  share(most: number = limits.stagedTask.value): StagingMemory {
    return new StagingMemory(most, this);
  }

  /** False where there are not so many left, and then none is taken. */
  take(bytes: number): boolean {
    if (this.#closed || this.#used + bytes > this.#most) return false;
    if (this.#parent && !this.#parent.take(bytes)) return false;
    this.#used += bytes;
    return true;
  }

  /** Half as many and half of that, as long as there are not so many left. How many were taken. */
  takeSome(bytes: number): number {
    for (let some = bytes; some >= 1; some = Math.floor(some / 2)) if (this.take(some)) return some;
    return 0;
  }

  give(bytes: number): void {
    // After the end of a task, nothing of it is left to be given back.
    if (this.#closed) return;
    this.#used -= bytes;
    this.#parent?.give(bytes);
  }

  /** The task has ended, however it did: all that it had taken is free again. */
  close(): void {
    this.give(this.#used);
    this.#closed = true;
  }
}
