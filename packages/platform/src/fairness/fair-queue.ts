/** What waits for its turn: fair between parties, by priority and then in order within an account. */
import { type Account, type Book, compareTurns } from './book.ts';
import type { Share } from './share.ts';

export interface FairEntry<Item> {
  readonly item: Item;
  readonly accounts: readonly Account[];
  /** Higher ones first, among those of one account. */
  readonly priority: number;
  /** Who came first, in this queue. */
  readonly number: number;
}

interface Branch<Item> {
  readonly account: Account | undefined;
  readonly branches: Map<string, Branch<Item>>;
  /** Of an account's own: by priority, in order. */
  readonly levels: Map<number, Set<FairEntry<Item>>>;
}

const newBranch = <Item>(account?: Account): Branch<Item> => ({
  account,
  branches: new Map(),
  levels: new Map(),
});

export class FairQueue<Item> {
  readonly #book: Book;
  readonly #root: Branch<Item> = newBranch();
  #size = 0;
  #entered = 0;

  /** Queues that share a book share the turns. */
  constructor(book: Book) {
    this.#book = book;
  }

  get size(): number {
    return this.#size;
  }

  add(item: Item, share: Share, priority: number): FairEntry<Item> {
    const accounts = this.#book.enter(share);
    const entry: FairEntry<Item> = { item, accounts, priority, number: this.#entered++ };
    let branch = this.#root;
    for (const account of accounts) {
      const next = branch.branches.get(account.party) ?? newBranch<Item>(account);
      branch.branches.set(account.party, next);
      branch = next;
    }
    const level = branch.levels.get(priority) ?? new Set();
    branch.levels.set(priority, level.add(entry));
    this.#size++;
    return entry;
  }

  /** It waits no longer. */
  drop(entry: FairEntry<Item>): void {
    if (this.#remove(entry)) this.#book.leave(entry.accounts, false);
  }

  /** Its turn has come. Gives what says that it is not under way any more; once is enough. */
  serve(entry: FairEntry<Item>): () => void {
    if (!this.#remove(entry)) return () => undefined;
    this.#book.serve(entry.accounts);
    let over = false;
    return () => {
      if (!over) this.#book.leave(entry.accounts, true);
      over = true;
    };
  }

  /** Whose turn it is; `may`: of parties that get one now. */
  next(may: (party: string) => boolean = () => true): FairEntry<Item> | undefined {
    return firstOf(this.#root, may);
  }

  *[Symbol.iterator](): Generator<FairEntry<Item>> {
    yield* all(this.#root);
  }

  #remove(entry: FairEntry<Item>): boolean {
    const path: Branch<Item>[] = [this.#root];
    for (const { party } of entry.accounts) {
      const next = path.at(-1)?.branches.get(party);
      if (!next) return false;
      path.push(next);
    }
    const level = path.at(-1)?.levels.get(entry.priority);
    if (!level?.delete(entry)) return false;
    if (level.size === 0) path.at(-1)?.levels.delete(entry.priority);
    for (const [depth, { party }] of [...entry.accounts.entries()].reverse()) {
      const branch = path[depth + 1];
      if (branch && branch.branches.size + branch.levels.size === 0) path[depth]?.branches.delete(party);
    }
    this.#size--;
    return true;
  }
}

/** Below 0 where `one` is before the other, of two whose accounts are in one book. */
export function compareEntries<Item>(one: FairEntry<Item>, other: FairEntry<Item>): number {
  for (const [depth, account] of one.accounts.entries()) {
    const sibling = other.accounts[depth];
    if (sibling && sibling !== account) return compareTurns(account, sibling);
  }
  return other.priority - one.priority;
}

function firstOf<Item>(branch: Branch<Item>, may: (party: string) => boolean): FairEntry<Item> | undefined {
  if (branch.levels.size > 0) {
    const [entry] = branch.levels.get(Math.max(...branch.levels.keys())) ?? [];
    return entry;
  }
  let best: FairEntry<Item> | undefined;
  let of: Account | undefined;
  for (const next of branch.branches.values()) {
    const { account } = next;
    if (!account || !may(account.party) || (of && compareTurns(of, account) <= 0)) continue;
    const found = firstOf(next, may);
    if (found) [best, of] = [found, account];
  }
  return best;
}

function* all<Item>(branch: Branch<Item>): Generator<FairEntry<Item>> {
  for (const level of branch.levels.values()) yield* level;
  for (const next of branch.branches.values()) yield* all(next);
}
