/** What calls do with blobs, each in a transaction of its own. */
import type { Subject } from '@gaiwan/protocol';
import type { Store } from '@gaiwan/store';
import type { Blobs, Clock, UploadGrant } from '../ports.ts';
import { transact } from '../state/transaction.ts';

interface Where {
  readonly store: Store;
  readonly clock: Clock;
  readonly blobs: Pick<Blobs, 'createUpload' | 'createOutput' | 'discardUpload' | 'refer'>;
}

export class BlobCalls {
  readonly #where: () => Where;

  /** `where`: as it is at the time of a call. */
  constructor(where: () => Where) {
    this.#where = where;
  }

  createUpload(owner: Subject, name: string, size: number): Promise<UploadGrant> {
    const { store, clock, blobs } = this.#where();
    return transact(store, clock, (tx) => blobs.createUpload(tx, owner, name, size));
  }

  createOutput(owner: Subject, name: string): Promise<{ readonly url: string }> {
    const { store, clock, blobs } = this.#where();
    return transact(store, clock, (tx) => blobs.createOutput(tx, owner, name));
  }

  /** As what registers it does. */
  refer(url: string): Promise<void> {
    const { store, clock, blobs } = this.#where();
    return transact(store, clock, (tx) => blobs.refer(tx, url));
  }

  discardUpload(owner: Subject, url: string): Promise<void> {
    const { store, clock, blobs } = this.#where();
    return transact(store, clock, (tx) => blobs.discardUpload(tx, owner, url));
  }
}
