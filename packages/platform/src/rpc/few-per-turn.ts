/** So many actions in one turn of the event loop, the others in the turns after it, in order. */
export class FewPerTurn {
  readonly #most: number;
  /** Each says whether it did something; what did nothing does not count. */
  readonly #waiting: (() => boolean)[] = [];
  readonly #turn = (): void => {
    for (let done = 0; done < this.#most && this.#waiting.length > 0; ) if (this.#waiting.shift()?.()) done++;
    if (this.#waiting.length > 0) setImmediate(this.#turn);
  };

  constructor(most: number) {
    this.#most = most;
  }

  /** Runs it in the next turn or a later one. False: it had nothing to do. */
  add(action: () => boolean): void {
    this.#waiting.push(action);
    if (this.#waiting.length === 1) setImmediate(this.#turn);
  }
}
