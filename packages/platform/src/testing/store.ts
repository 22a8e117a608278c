/** A real store in a temporary folder, for one test file. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedStore, fileRootKey, openEmbeddedStore } from '@gaiwan/store';
import { TestClock } from './clock.ts';

export class TestStore {
  readonly folder = mkdtempSync(join(tmpdir(), 'gaiwan-test-'));
  readonly clock = new TestClock(Date.parse('2026-01-01T00:00:00Z'));
  store!: EmbeddedStore;

  /** With what is in `like`, a store that is closed: where many tests begin with what takes long to make. */
  static async open(like?: TestStore): Promise<TestStore> {
    const test = new TestStore();
    if (like) cpSync(like.folder, test.folder, { recursive: true });
    await test.reopen();
    return test;
  }

  /** As a restart of the platform does. */
  async reopen(): Promise<void> {
    await this.store?.close();
    this.store = await openEmbeddedStore({
      folder: join(this.folder, 'store'),
      rootKey: fileRootKey(join(this.folder, 'root.key')),
    });
  }

  async close(): Promise<void> {
    await this.store.close();
    this.remove();
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
