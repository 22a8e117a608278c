/** What a transaction did to the memory, so that it can be undone as the database undoes its own. */

export class Journal {
  readonly #undo: (() => void)[] = [];
  #open = false;

  /** Whether a transaction is under way. */
  get isOpen(): boolean {
    return this.#open;
  }

  /** Whether it changed anything. */
  get hasChanges(): boolean {
    return this.#undo.length > 0;
  }

  begin(): void {
    this.#open = true;
  }

  /** How to undo what was just done. */
  did(undo: () => void): void {
    this.#undo.push(undo);
  }

  mark(): number {
    return this.#undo.length;
  }

  /** Undoes all since the mark, the latest first. */
  undoTo(mark: number): void {
    while (this.#undo.length > mark) this.#undo.pop()?.();
  }

  /** The transaction is over: what was not undone stays. */
  end(): void {
    this.#undo.length = 0;
    this.#open = false;
  }
}
