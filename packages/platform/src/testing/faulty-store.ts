/** A store that fails for a while, as one does whose anchor is silent or whose disk is full. */
import { type Batch, type Store, StoreError, type StoreErrorCode } from '@gaiwan/store';

/** What becomes of a commit: done, refused before it is written, or written and not acknowledged. */
type Fate = 'done' | 'refused' | 'written';

export class FaultyStore implements Store {
  /** Of each commit from now on. */
  fate: (batch: Batch) => Fate = () => 'done';
  code: StoreErrorCode = 'anchor-unavailable';
  /** Commits that failed. */
  failures = 0;
  /** Since a commit failed. */
  #failing = false;
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** The commits that match fail as `first` says; then all do, as with an anchor that stays silent, until `recover`. */
  fail(first: Exclude<Fate, 'done'>, matches: (batch: Batch) => boolean = () => true): void {
    this.fate = (batch) => {
      if (this.#failing) return 'refused';
      this.#failing = matches(batch);
      return this.#failing ? first : 'done';
    };
  }

  recover(): void {
    this.fate = () => 'done';
    this.#failing = false;
  }

  async anchored(): Promise<void> {
    if (this.#failing) throw new StoreError(this.code, 'the store fails for a while');
    await this.#store.anchored();
  }

  async commit(batch: Batch): Promise<void> {
    const fate = this.fate(batch);
    if (fate !== 'refused') await this.#store.commit(batch);
    if (fate === 'done') return;
    this.failures++;
    throw new StoreError(this.code, 'the store fails for a while', { written: fate === 'written' });
  }

  readonly get: Store['get'] = (key) => this.#store.get(key);
  readonly getMany: Store['getMany'] = (keys) => this.#store.getMany(keys);
  readonly scan: Store['scan'] = (prefix, options) => this.#store.scan(prefix, options);
  readonly entries: Store['entries'] = (prefix) => this.#store.entries(prefix);
  readonly queue: Store['queue'] = (queue, options) => this.#store.queue(queue, options);
  readonly log: Store['log'] = (log, options) => this.#store.log(log, options);
  readonly logLength: Store['logLength'] = (log) => this.#store.logLength(log);
  readonly close: Store['close'] = () => this.#store.close();
}
