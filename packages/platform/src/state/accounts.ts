/** Which accounts there are: a subject is gone when its name has no account any more, or another one. */
import { nameOf, type Subject } from '@gaiwan/protocol';
import type { Store } from '@gaiwan/store';
import { keys, type UserRecord } from '../domain/records.ts';
import type { AccountHold, Accounts } from '../ports.ts';
import type { Reader } from './reading.ts';
import { readRecord } from './transaction.ts';

export const isThere = async (from: Reader, subject: Subject): Promise<boolean> =>
  (await from.read<UserRecord>(keys.user(nameOf(subject))))?.subject === subject;

/** Those who are gone. Of a transaction: its commit is then held to the others being there. */
export async function goneAmong(from: Reader, subjects: readonly Subject[]): Promise<Subject[]> {
  const there = await Promise.all(subjects.map((subject) => isThere(from, subject)));
  return subjects.filter((_, index) => !there[index]);
}

/** The accounts of those who are there, in the same order. Of a transaction: its commit is then held to what they are. */
export async function accountsOf(from: Reader, subjects: readonly Subject[]): Promise<UserRecord[]> {
  const found = await Promise.all(
    subjects.map((subject) => from.read<UserRecord>(keys.user(nameOf(subject)))),
  );
  return found
    .filter((user, index) => user?.subject === subjects[index])
    .filter((user) => user !== undefined);
}

/** What is open in the name of accounts: it ends with them. */
export class OpenAccounts implements Accounts {
  readonly #from: Reader;
  readonly #open = new Map<Subject, Set<AbortController>>();

  constructor(store: Store) {
    this.#from = { read: (key) => readRecord(store, key) };
  }

  async hold(subject: Subject): Promise<AccountHold> {
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
  }
}
