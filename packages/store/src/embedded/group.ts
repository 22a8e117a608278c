/** Group commit: many batches, one transaction, one fsync; each batch succeeds or fails for itself. */
import type { Batch } from '../store.ts';
import { StoreError } from '../store.ts';
import type { StoreHead } from './head.ts';
import type { SealedTables } from './sealed-tables.ts';
import { isFailedSync, toStoreError } from './sqlite-errors.ts';

/** The new versions of a batch's puts, or why nothing of it was written. */
export type Outcome = readonly number[] | StoreError;

const HARMLESS = new Set(['conflict', 'invalid', 'tampered', 'state-tampered']);

export class GroupCommit {
  readonly #sealed: SealedTables;
  /** Why the store takes no more writes, if so. */
  #broken: StoreError | undefined;

  constructor(sealed: SealedTables) {
    this.#sealed = sealed;
  }

  /** What is no batch, in a transaction of its own. Durable when it returns, undone where it throws. */
  readonly write = <T>(step: () => T): T => {
    if (this.#broken) throw this.#broken;
    try {
      this.#sealed.begin();
      const result = step();
      this.#sealed.commit();
      return result;
    } catch (error) {
      this.#undo();
      throw this.#failedSync(error) ?? error;
    }
  };

  /** Durable when it returns. */
  commit(batches: readonly Batch[]): Outcome[] {
    const broken = this.#broken;
    if (broken) return batches.map(() => broken);
    try {
      return this.#transaction(batches);
    } catch (error) {
      this.#undo();
      const failed = this.#failedSync(error);
      if (failed) return batches.map(() => failed);
      // One batch may have been too much for the disk: the others get their chance alone.
      if (batches.length > 1) return batches.flatMap((batch) => this.commit([batch]));
      return [toStoreError(error)];
    }
  }

  /**
   * As `SealedTables.askAnchor`. Throws once a write was not confirmed: a crash may bring it back, with a root that names only what was
   * asked before it.
   */
  askAnchor(confirmed: StoreHead | undefined): StoreHead {
    if (this.#broken) throw this.#broken;
    return this.#sealed.askAnchor(confirmed);
  }

  #transaction(batches: readonly Batch[]): Outcome[] {
    this.#sealed.begin();
    const outcomes = batches.map((batch): Outcome => {
      try {
        return this.#sealed.apply(batch);
      } catch (error) {
        if (error instanceof StoreError && HARMLESS.has(error.code)) return error;
        throw error;
      }
    });
    this.#sealed.commit();
    return outcomes;
  }

  #failedSync(error: unknown): StoreError | undefined {
    if (!isFailedSync(error)) return undefined;
    this.#broken = new StoreError(
      'sync-failed',
      'the disk failed to confirm a write; the store takes no more writes until it is opened again',
      { cause: error },
    );
    return this.#broken;
  }

  #undo(): void {
    try {
      this.#sealed.rollback();
    } catch {
      // The next BEGIN tells.
    }
  }
}
