/**
 * Who has been served how often, among parties that share something. Whose turn it is: first whoever has least under way for its weight;
 * among those, whoever has been served least for its weight (stride scheduling); then whoever waits longest since its last turn.
 *
 * Nothing here is a time: a task counts by being under way, which a long one is for longer. Of what was served, a party is at most one
 * turn ahead of the others or behind them: who was away gets its next turn as soon as who was busy.
 */
import type { Share } from './share.ts';

export interface Account {
  readonly party: string;
  readonly weight: number;
  readonly parent: Account | undefined;
  readonly children: Map<string, Account>;
  underWay: number;
  /** Turns that it has had for its weight, on its parent's scale. */
  had: number;
  /** Where its children's turns have come to. */
  turn: number;
  /** When it was served last: a count of all that was. */
  last: number;
  /** What waits and what is under way: an account with nothing is closed. */
  entries: number;
}

const newAccount = (party: string, weight: number, parent?: Account): Account => ({
  party,
  weight,
  parent,
  children: new Map(),
  underWay: 0,
  had: parent?.turn ?? 0,
  turn: 0,
  last: 0,
  entries: 0,
});

export class Book {
  readonly #root: Account;
  readonly #weightOf: (party: string) => number;
  #served = 0;

  constructor(weightOf: (party: string) => number) {
    this.#weightOf = weightOf;
    this.#root = newAccount('', 1);
  }

  /** The accounts of something that begins to wait, from the widest. */
  enter(share: Share): readonly Account[] {
    let parent = this.#root;
    return share.map((party) => {
      const known = parent.children.get(party) ?? newAccount(party, this.#weightOf(party), parent);
      parent.children.set(party, known);
      known.entries++;
      parent = known;
      return known;
    });
  }

  get isEmpty(): boolean {
    return this.#root.children.size === 0;
  }

  /** Its turn has come: until `leave` it is under way. */
  serve(accounts: readonly Account[]): void {
    this.#served++;
    for (const account of accounts) {
      const had = turnsOf(account);
      if (account.parent) account.parent.turn = Math.max(account.parent.turn, had);
      account.had = had + 1 / account.weight;
      account.last = this.#served;
      account.underWay++;
    }
  }

  /** It neither waits nor is under way any more. */
  leave(accounts: readonly Account[], wasServed: boolean): void {
    for (const account of accounts) {
      if (wasServed) account.underWay--;
      account.entries--;
      if (account.entries === 0) account.parent?.children.delete(account.party);
    }
  }
}

/** No more than a turn behind. */
const turnsOf = ({ had, weight, parent }: Account): number => Math.max(had, (parent?.turn ?? 0) - 1 / weight);

/** Below 0 where it is `one`'s turn before its sibling's. */
export const compareTurns = (one: Account, other: Account): number =>
  one.underWay / one.weight - other.underWay / other.weight ||
  turnsOf(one) - turnsOf(other) ||
  one.last - other.last;
