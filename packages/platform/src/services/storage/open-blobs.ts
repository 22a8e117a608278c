/** Requests about blobs that are under way: they end with their blob, so that its bytes leave the disk when they no longer count. */
import type { Hold } from '../../ports.ts';

export class OpenBlobs {
  readonly #open = new Map<string, Set<AbortController>>();

  hold(id: string): Hold {
    const controller = new AbortController();
    const holds = this.#open.get(id) ?? new Set();
    this.#open.set(id, holds.add(controller));
    return {
      signal: controller.signal,
      [Symbol.dispose]: () => {
        holds.delete(controller);
        if (holds.size === 0 && this.#open.get(id) === holds) this.#open.delete(id);
      },
    };
  }

  /** The blob is gone. */
  end(id: string): void {
    for (const controller of this.#open.get(id) ?? []) controller.abort('blob deleted');
  }
}
