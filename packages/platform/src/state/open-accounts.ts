import type { Subject } from '@gaiwan/protocol';
import type { Store } from '@gaiwan/store';
import type { Accounts, Hold } from '../ports.ts';
import { isThere } from './accounts.ts';
import type { Reader } from './reader.ts';
import { readRecord } from './transaction.ts';

/** What is open in the name of accounts: it ends with them. */
export class OpenAccounts implements Accounts {
  readonly #from: Reader;
  readonly #ended: () => void;
  readonly #open = new Map<Subject, Set<AbortController>>();

  /** `ended`: is called for each account that ends, after what was open in its name. */
  constructor(store: Store, ended: () => void = () => undefined) {
    this.#from = { read: (key) => readRecord(store, key) };
    this.#ended = ended;
  }

  async hold(subject: Subject): Promise<Hold> {
    const controller = new AbortController();
    const holds = this.#open.get(subject) ?? new Set();
    this.#open.set(subject, holds.add(controller));
    const hold = {
      signal: controller.signal,
      [Symbol.dispose]: () => {
        holds.delete(controller);
        if (holds.size === 0 && this.#open.get(subject) === holds) this.#open.delete(subject);
      },
    };
    // Held before it is looked at: an end in between is noticed by one of the two.
    try {
      if (!(await isThere(this.#from, subject))) controller.abort('account gone');
    } catch (error) {
      hold[Symbol.dispose]();
      throw error;
    }
    return hold;
  }

  end(subject: Subject): void {
    for (const controller of this.#open.get(subject) ?? []) controller.abort('account gone');
    this.#ended();
  }
}
