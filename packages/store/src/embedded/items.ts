/**
 * Which items the queues have, in the memory of the engine: of each its number in the order and the digest of its row, about 200
 * bytes. So an item, its absence and the order of all of them are known without a bucket of neighbours.
 */
import { HEAD_BYTES } from '../sealed.ts';
import type { StoreError } from '../store.ts';
import type { Elements } from './elements.ts';
import type { Journal } from './journal.ts';
import { itemPlace } from './places.ts';
import type { Sum } from './sum.ts';
import type { ItemRow, Tables } from './tables.ts';

interface Known {
  readonly seq: number;
  readonly digest: string;
}

interface Queue {
  /** In the order of `seq`, if `isSorted`. */
  items: Map<string, Known>;
  isSorted: boolean;
}

export interface ItemsOptions {
  readonly tables: Tables;
  readonly elements: Elements;
  readonly journal: Journal;
  /** The sum of all items, which follows. */
  readonly all: Sum;
  readonly tampered: () => StoreError;
}

const nameOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');

export class Items {
  readonly #options: ItemsOptions;
  readonly #queues = new Map<string, Queue>();

  constructor(options: ItemsOptions) {
    this.#options = options;
  }

  /** At the start. Throws `state-tampered`. */
  fill(): void {
    const { tables, elements, all, tampered } = this.#options;
    for (const [queue, seq, id, token, until, head] of tables.itemHeads()) {
      const { items } = this.#made(nameOf(queue));
      if (head.length !== HEAD_BYTES || items.has(nameOf(id))) throw tampered();
      const digest = elements.digest(itemPlace(queue, [seq, id, token, until]), head);
      items.set(nameOf(id), { seq, digest });
      all.change(digest, 1);
    }
  }

  /** An item as it was written last; nothing where there is none. Throws `state-tampered`. */
  item(queue: Buffer, id: Buffer): ItemRow | undefined {
    const { tables, tampered } = this.#options;
    const row = tables.item(queue, id);
    const known = this.#queues.get(nameOf(queue))?.items.get(nameOf(id));
    if (row === undefined && known === undefined) return undefined;
    if (row === undefined || known === undefined || this.#digest(queue, row) !== known.digest)
      throw tampered();
    return row;
  }

  /** All items of a queue in their order. Throws `state-tampered`. */
  *inOrder(queue: Buffer): Generator<ItemRow> {
    const { tables, tampered } = this.#options;
    const expected = this.#sorted(nameOf(queue)).entries();
    for (const row of tables.items(queue)) {
      const next = expected.next();
      if (next.done || next.value[0] !== nameOf(row[1])) throw tampered();
      if (this.#digest(queue, row) !== next.value[1].digest) throw tampered();
      yield row;
    }
    if (!expected.next().done) throw tampered();
  }

  /** Within a transaction: an item is another, or comes (after all others), or goes. */
  set(queue: Buffer, id: Uint8Array, row: ItemRow | undefined): void {
    const { journal, all } = this.#options;
    const known = this.#made(nameOf(queue));
    const name = nameOf(id);
    const before = known.items.get(name);
    const next = row && { seq: row[0], digest: this.#digest(queue, row) };
    const change = (from: Known | undefined, to: Known | undefined): void => {
      if (from) all.change(from.digest, -1);
      if (to) all.change(to.digest, 1);
      if (to) known.items.set(name, to);
      else known.items.delete(name);
      // Names of queues come from callers: those that are empty are not kept.
      if (known.items.size > 0) this.#queues.set(nameOf(queue), known);
      else this.#queues.delete(nameOf(queue));
    };
    change(before, next);
    journal.did(() => {
      if (!next) known.isSorted = false;
      change(next, before);
    });
  }

  #digest(queue: Uint8Array, [seq, id, token, until, head]: ItemRow): string {
    return this.#options.elements.digest(itemPlace(queue, [seq, id, token, until]), head);
  }

  #sorted(name: string): ReadonlyMap<string, Known> {
    const queue = this.#queues.get(name);
    if (queue === undefined) return new Map();
    if (!queue.isSorted) queue.items = new Map([...queue.items].sort(([, a], [, b]) => a.seq - b.seq));
    queue.isSorted = true;
    return queue.items;
  }

  #made(name: string): Queue {
    const known = this.#queues.get(name);
    if (known) return known;
    const made: Queue = { items: new Map(), isSorted: true };
    this.#queues.set(name, made);
    return made;
  }
}
