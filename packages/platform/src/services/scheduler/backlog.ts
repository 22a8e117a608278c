/** Staged tasks that wait for a worker: in lanes by what they need, so that none stands in another's way. */
import type { Need } from './roster.ts';

export interface Waiting extends Need {
  readonly taskId: string;
  /** The item's token before the next lease. */
  readonly token: number;
}

interface Entry {
  readonly waiting: Waiting;
  /** Who came first. */
  readonly number: number;
}

interface Lane {
  readonly need: Need;
  readonly entries: Map<string, Entry>;
}

const nameOf = ({ pair, not }: Need) => JSON.stringify([pair, not]);

export class Backlog {
  readonly #lanes = new Map<string, Lane>();
  readonly #laneOf = new Map<string, Lane>();
  #count = 0;

  /** A task that is here already waits anew; what is said of an older lease of it is old. */
  add(waiting: Waiting): void {
    if (this.has(waiting.taskId, waiting.token + 1)) return;
    this.remove(waiting.taskId);
    const { pair, not } = waiting;
    const lane = this.#lane({ pair, ...(not !== undefined && { not }) });
    lane.entries.set(waiting.taskId, { waiting, number: this.#count++ });
    this.#laneOf.set(waiting.taskId, lane);
  }

  /** Under this token or a newer one? */
  has(taskId: string, token: number): boolean {
    const entry = this.#laneOf.get(taskId)?.entries.get(taskId);
    return entry !== undefined && entry.waiting.token >= token;
  }

  #lane(need: Need): Lane {
    const name = nameOf(need);
    const lane = this.#lanes.get(name) ?? { need, entries: new Map() };
    this.#lanes.set(name, lane);
    return lane;
  }

  remove(taskId: string): void {
    const lane = this.#laneOf.get(taskId);
    if (!lane) return;
    lane.entries.delete(taskId);
    this.#laneOf.delete(taskId);
    if (lane.entries.size === 0) this.#lanes.delete(nameOf(lane.need));
  }

  /** Takes out the oldest for which a place is found. */
  take<Place>(
    find: (need: Need) => Place | undefined,
  ): { readonly waiting: Waiting; readonly place: Place } | undefined {
    let best: { readonly entry: Entry; readonly place: Place } | undefined;
    for (const { need, entries } of this.#lanes.values()) {
      const [entry] = entries.values();
      if (!entry || (best && best.entry.number < entry.number)) continue;
      const place = find(need);
      if (place !== undefined) best = { entry, place };
    }
    if (!best) return undefined;
    const { waiting } = best.entry;
    this.remove(waiting.taskId);
    return { waiting, place: best.place };
  }

  /** Takes out all that need what is hopeless. */
  takeAll(hopeless: (need: Need) => boolean): Waiting[] {
    const lanes = [...this.#lanes.values()].filter(({ need }) => hopeless(need));
    const all = lanes.flatMap(({ entries }) => [...entries.values()].map(({ waiting }) => waiting));
    for (const { taskId } of all) this.remove(taskId);
    return all;
  }
}
