/** So many actions in one turn of the event loop, the others in the turns after it. */

/** Says whether it did something: what had nothing to do does not count. */
type Action = () => boolean;

/** Those who want something done have it done in turn, each in its order. */
export class FewPerTurn {
  readonly #most: number;
  readonly #mostWaiting: number;
  readonly #waiting = new Map<unknown, Action[]>();
  #size = 0;
  #done = 0;
  #scheduled = false;

  /** `most`: in one turn. `mostWaiting`: of all, for later ones. */
  constructor(most: number, mostWaiting: number) {
    this.#most = most;
    this.#mostWaiting = mostWaiting;
  }

  /** Of all. */
  get waiting(): number {
    return this.#size;
  }

  waitingOf(who: unknown): number {
    return this.#waiting.get(who)?.length ?? 0;
  }

  /** Runs it at once where nothing waits and this turn has room, else in a later one; false: too many wait, and it does not run. */
  run(who: unknown, action: Action): boolean {
    if (this.#waiting.size === 0 && this.#done < this.#most) {
      this.#count(action());
      return true;
    }
    if (this.#size >= this.#mostWaiting) return false;
    const own = this.#waiting.get(who);
    if (own) own.push(action);
    else this.#waiting.set(who, [action]);
    this.#size++;
    this.#schedule();
    return true;
  }

  #count(didSomething: boolean): void {
    if (!didSomething) return;
    this.#done++;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    this.#scheduled = false;
    this.#done = 0;
    while (this.#done < this.#most) {
      const [next] = this.#waiting;
      if (next === undefined) return;
      const [who, actions] = next;
      const action = actions.shift();
      this.#waiting.delete(who);
      if (actions.length > 0) this.#waiting.set(who, actions);
      this.#size--;
      if (action) this.#count(action());
    }
    this.#schedule();
  }
}
