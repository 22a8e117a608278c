/** What every engine must do. `run` it with the test runner's `describe` and `it` and a way to open a store. */
import type { Store } from '../store.ts';
import { cases as entries } from './entries.ts';
import { cases as log } from './log.ts';
import { cases as queue } from './queue.ts';
import { cases as races } from './races.ts';

export interface Runner {
  describe(name: string, body: () => void): void;
  it(name: string, body: () => Promise<void>): void;
}

export interface Fixture {
  /** Opens the store; after a `close`, the same one again. */
  readonly open: () => Promise<Store>;
  /** Removes what the store left behind. */
  readonly dispose: () => Promise<void>;
}

/** Runs all of it, each case on a new and empty store. */
export function storeContract(runner: Runner, engine: string, fixture: () => Promise<Fixture>): void {
  for (const [group, cases] of Object.entries({ entries, races, queue, log })) {
    runner.describe(`${engine}: ${group}`, () => {
      for (const [name, body] of Object.entries(cases)) {
        runner.it(name, async () => {
          const { open, dispose } = await fixture();
          const stores: Store[] = [];
          const opened = async () => {
            const store = await open();
            stores.push(store);
            return store;
          };
          try {
            await body(opened);
          } finally {
            await Promise.all(stores.map((store) => store.close()));
            await dispose();
          }
        });
      }
    });
  }
}
