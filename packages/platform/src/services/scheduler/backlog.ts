/** Staged tasks that wait for a worker: in lanes by what they need, so that none stands in another's way, and fair between users. */
import { Book } from '../../fairness/book.ts';
import { compareEntries, type FairEntry, FairQueue } from '../../fairness/fair-queue.ts';
import type { Fairness } from '../../fairness/settings.ts';
import type { Share } from '../../fairness/share.ts';
import type { Need } from './roster.ts';

export interface Waiting extends Need {
  readonly taskId: string;
  /** The item's token before the next lease. */
  readonly token: number;
  readonly share: Share;
  /** Among the tasks of one user. */
  readonly priority: number;
}

/** What one pair of executors has, whichever worker it is. */
interface Turns {
  readonly book: Book;
  /** When it was served last. */
  last: number;
}

interface Lane {
  readonly need: Need;
  readonly turns: Turns;
  readonly queue: FairQueue<Waiting>;
}

interface Found<Place> {
  readonly lane: Lane;
  readonly entry: FairEntry<Waiting>;
  readonly place: Place;
}

export interface Taken<Place> {
  readonly waiting: Waiting;
  readonly place: Place;
  /** Says that it is with no worker any more. */
  readonly left: () => void;
}

const nameOf = ({ pair, not, rather }: Need) => JSON.stringify([pair, not, rather]);

export class Backlog {
  readonly #fairness: Fairness;
  readonly #turns = new Map<string, Turns>();
  readonly #lanes = new Map<string, Lane>();
  readonly #places = new Map<string, { readonly lane: Lane; readonly entry: FairEntry<Waiting> }>();
  /** Tasks of each party that are with workers. */
  readonly #underWay = new Map<string, number>();
  #served = 0;

  constructor(fairness: Fairness) {
    this.#fairness = fairness;
  }

  /** A task that is here already waits anew; what is said of an older lease of it is old. */
  add(waiting: Waiting): void {
    if (this.has(waiting.taskId, waiting.token + 1)) return;
    this.remove(waiting.taskId);
    const { pair, not, rather, share, priority } = waiting;
    const need = { pair, ...(not !== undefined && { not }), ...(rather !== undefined && { rather }) };
    const lane = this.#lane(need);
    this.#places.set(waiting.taskId, { lane, entry: lane.queue.add(waiting, share, priority) });
  }

  /** Under this token or a newer one? */
  has(taskId: string, token: number): boolean {
    const found = this.#places.get(taskId);
    return found !== undefined && found.entry.item.token >= token;
  }

  remove(taskId: string): void {
    const found = this.#places.get(taskId);
    if (!found) return;
    this.#places.delete(taskId);
    found.lane.queue.drop(found.entry);
    this.#tidy(found.lane);
  }

  /** Takes out whose turn it is among those for which a place is found. */
  take<Place>(find: (need: Need) => Place | undefined): Taken<Place> | undefined {
    let best: Found<Place> | undefined;
    for (const lane of this.#lanes.values()) {
      const place = find(lane.need);
      const entry = place === undefined ? undefined : lane.queue.next((party) => this.#may(party));
      if (place === undefined || !entry) continue;
      const found = { lane, entry, place };
      if (!best || compareFound(found, best) < 0) best = found;
    }
    if (!best) return undefined;
    const { lane, entry, place } = best;
    this.#places.delete(entry.item.taskId);
    lane.turns.last = ++this.#served;
    const left = this.#goes(entry.item.share, lane.queue.serve(entry), lane);
    this.#tidy(lane);
    return { waiting: entry.item, place, left };
  }

  /** Takes out all that need what is hopeless. */
  takeAll(hopeless: (need: Need) => boolean): Waiting[] {
    const lanes = [...this.#lanes.values()].filter(({ need }) => hopeless(need));
    const waiting = lanes.flatMap(({ queue }) => [...queue].map(({ item }) => item));
    for (const { taskId } of waiting) this.remove(taskId);
    return waiting;
  }

  #may(party: string): boolean {
    return (this.#underWay.get(party) ?? 0) < this.#fairness.atOnce(party);
  }

  /** Counts what goes to a worker; gives what says that it has come back. */
  #goes(share: Share, leave: () => void, lane: Lane): () => void {
    const count = (by: 1 | -1) => {
      for (const party of share) {
        const now = (this.#underWay.get(party) ?? 0) + by;
        if (now > 0) this.#underWay.set(party, now);
        else this.#underWay.delete(party);
      }
    };
    count(1);
    let isBack = false;
    return () => {
      if (isBack) return;
      isBack = true;
      count(-1);
      leave();
      this.#tidy(lane);
    };
  }

  #lane(need: Need): Lane {
    const name = nameOf(need);
    const known = this.#lanes.get(name);
    if (known) return known;
    const book = () => new Book((party) => this.#fairness.weightOf(party));
    const turns = this.#turns.get(need.pair) ?? { book: book(), last: 0 };
    this.#turns.set(need.pair, turns);
    const lane: Lane = { need, turns, queue: new FairQueue(turns.book) };
    this.#lanes.set(name, lane);
    return lane;
  }

  /** Of what nobody waits for and nobody has, nothing is kept. */
  #tidy({ need, turns, queue }: Lane): void {
    if (queue.size === 0 && this.#lanes.get(nameOf(need))?.queue === queue) this.#lanes.delete(nameOf(need));
    if (turns.book.isEmpty && this.#turns.get(need.pair) === turns) this.#turns.delete(need.pair);
  }
}

/** Of different pairs, which may be of one executor, the one that has waited longer for its turn. */
function compareFound(one: Found<unknown>, other: Found<unknown>): number {
  return one.lane.turns === other.lane.turns
    ? compareEntries(one.entry, other.entry)
    : one.lane.turns.last - other.lane.turns.last;
}
