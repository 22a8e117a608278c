/** Group commit: many batches, one transaction, one fsync; each batch succeeds or fails for itself. */
import type { Batch } from '../store.ts';
import { StoreError } from '../store.ts';
import type { SealedTables } from './sealed-tables.ts';
import { isFailedSync, toStoreError } from './sqlite-errors.ts';
import type { Tables } from './tables.ts';

/** The new versions of a batch's puts, or why nothing of it was written. */
export type Outcome = readonly number[] | StoreError;

const HARMLESS = new Set(['conflict', 'invalid', 'tampered']);

export class GroupCommit {
  readonly #tables: Tables;
  readonly #sealed: SealedTables;
  #broken: StoreError | undefined;

  constructor(tables: Tables, sealed: SealedTables) {
    this.#tables = tables;
    this.#sealed = sealed;
  }

  /** Durable when it returns. */
  commit(batches: readonly Batch[]): Outcome[] {
    if (this.#broken) return batches.map(() => this.#broken as StoreError);
    try {
      return this.#transaction(batches);
    } catch (error) {
      this.#undo();
      if (isFailedSync(error)) {
        this.#broken = new StoreError(
          'io',
          'the disk failed to confirm a write; the store takes no more writes until it is opened again',
          { cause: error },
        );
        return batches.map(() => this.#broken as StoreError);
      }
      // One batch may have been too much for the disk: the others get their chance alone.
      if (batches.length > 1) return batches.flatMap((batch) => this.commit([batch]));
      return [toStoreError(error)];
    }
  }

  #transaction(batches: readonly Batch[]): Outcome[] {
    this.#tables.begin();
    const outcomes = batches.map((batch): Outcome => {
      try {
        return this.#sealed.apply(batch);
      } catch (error) {
        if (error instanceof StoreError && HARMLESS.has(error.code)) return error;
        throw error;
      }
    });
    this.#tables.commit();
    return outcomes;
  }

  #undo(): void {
    try {
      this.#tables.rollback();
    } catch {
      // The next BEGIN tells.
    }
  }
}
