/**
 * Files whose blobs were deleted. The commit that deletes a blob marks its file; the file goes after it, and the mark after the file: what a
 * crash leaves in between goes at the next start.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Store, StoreError } from '@gaiwan/store';
import { keys } from '../../domain/records.ts';
import { limits } from '../../limits.ts';

export interface GoneFilesOptions {
  readonly store: Store;
  readonly folder: string;
  /** Makes durable what the folder has. */
  readonly sync: () => Promise<void>;
  readonly report: (error: unknown) => void;
}

export class GoneFiles {
  readonly #options: GoneFilesOptions;
  #removing: Promise<void> = Promise.resolve();
  /** The removal that waits for the one under way. */
  #next: Promise<void> | undefined;

  constructor(options: GoneFilesOptions) {
    this.#options = options;
  }

  /** Rejects with the first error; what is left stays marked. */
  remove(): Promise<void> {
    this.#next ??= this.#removing.then(() => {
      this.#next = undefined;
      return this.#removeAll();
    });
    const removal = this.#next;
    this.#removing = removal.catch(() => undefined);
    return removal;
  }

  /** The same, beside what goes on. */
  removeSoon(): void {
    this.remove().catch((error: unknown) => {
      if (!(error instanceof StoreError && error.code === 'closed')) this.#options.report(error);
    });
  }

  /** When what was begun has ended. */
  async settled(): Promise<void> {
    await this.#removing;
  }

  async #removeAll(): Promise<void> {
    const { store, folder, sync } = this.#options;
    for (;;) {
      const { entries, next } = await store.scan(keys.goneFiles(), { limit: limits.deletionsAtOnce.value });
      if (entries.length === 0) return;
      for (const { key } of entries) await rm(join(folder, key.at(-1) ?? ''), { force: true });
      await sync();
      await store.commit({ delete: entries.map(({ key }) => key) });
      if (next === undefined) return;
    }
  }
}
