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

  /** What cannot be removed stays marked, and keeps no other. Rejects with the first error at the end. */
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

  /** Names of files that are marked still. */
  async *files(): AsyncGenerator<string> {
    for await (const { key } of this.#options.store.entries(keys.goneFiles())) yield key.at(-1) ?? '';
  }

  async #removeAll(): Promise<void> {
    const { store, folder, sync } = this.#options;
    const failed: unknown[] = [];
    let gone: string[] = [];
    const forget = async () => {
      if (gone.length === 0) return;
      await sync();
      await store.commit({ delete: gone.map((file) => keys.goneFile(file)) });
      gone = [];
    };
    for await (const file of this.files()) {
      try {
        await rm(join(folder, file), { force: true });
        gone.push(file);
      } catch (error) {
        failed.push(error);
      }
      if (gone.length >= limits.deletionsAtOnce.value) await forget();
    }
    await forget();
    if (failed.length > 0) throw failed[0];
  }
}
