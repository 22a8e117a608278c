/** A real store in a temporary folder, for one test file. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedStore, fileRootKey, openEmbeddedStore } from '@gaiwan/store';

export class TestStore {
  readonly folder = mkdtempSync(join(tmpdir(), 'gaiwan-test-'));
  readonly clock = { time: Date.parse('2026-01-01T00:00:00Z'), now: () => this.clock.time };
  store!: EmbeddedStore;

  static async open(): Promise<TestStore> {
    const test = new TestStore();
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
    rmSync(this.folder, { recursive: true, force: true });
  }
}
