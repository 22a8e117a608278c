/** Times in which the store takes no writes: an anchor that is silent, a full disk. What is to be written waits until they are over. */
import { type Store, StoreError, type StoreErrorCode } from '@gaiwan/store';

/** Errors that pass, all of them without a change of ours. */
const PASSING: ReadonlySet<StoreErrorCode> = new Set([
  'anchor-unavailable',
  'anchor-moved',
  'disk-full',
  'io',
  'in-use',
]);

export class Outage {
  readonly #store: Pick<Store, 'commit'>;
  readonly #report: (error: unknown) => void;
  /** Resolves when it is over; undefined: there is none. */
  #over: PromiseWithResolvers<void> | undefined;
  #probing = false;

  /** `report`: gets the error that an outage begins with. */
  constructor(store: Pick<Store, 'commit'>, report: (error: unknown) => void) {
    this.#store = store;
    this.#report = report;
  }

  get isOn(): boolean {
    return this.#over !== undefined;
  }

  /** False where waiting would not mend this error: it is the caller's. */
  beginsWith(error: unknown): boolean {
    if (!(error instanceof StoreError && PASSING.has(error.code))) return false;
    if (!this.isOn) this.#report(error);
    // What is in memory may differ from what the store holds.
    this.#over ??= Promise.withResolvers();
    return true;
  }

  /**
   * Does `step` until the store takes it, however long that is. `again`: it was tried before, so it may have been written without an
   * acknowledgement. Never settles where the outage does not end.
   */
  async outlast<T>(step: (again: boolean) => Promise<T>): Promise<T> {
    for (let again = false; ; again = true) {
      try {
        return await step(again);
      } catch (error) {
        if (!this.beginsWith(error)) throw error;
      }
      await this.#over?.promise;
    }
  }

  /** True where the store takes writes again: the outage is over, and who waited tries again. */
  async isOver(): Promise<boolean> {
    if (!this.#over || this.#probing) return false;
    this.#probing = true;
    try {
      await this.#store.commit({});
    } catch {
      return false;
    } finally {
      this.#probing = false;
    }
    this.#over.resolve();
    this.#over = undefined;
    return true;
  }
}
