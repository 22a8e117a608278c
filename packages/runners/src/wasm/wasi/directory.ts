/** A folder in memory. Its entries are numbered as they come, so that who lists them goes on where it was, whatever was removed meanwhile. */
import { DIRECTORY, type Stat } from './descriptors.ts';
import type { Entry } from './folders.ts';
import type { Link } from './link.ts';
import type { File } from './memory-file.ts';
import { type NewTimes, type Now, Stamps } from './times.ts';

/** What has a name. */
export type Node = File | Directory | Link;

interface Slot {
  readonly node: Node;
  readonly number: number;
}

export class Directory {
  readonly #place: Pick<Stat, 'device' | 'inode'>;
  readonly #stamps: Stamps;
  /** By name, by growing numbers. */
  readonly #slots = new Map<string, Slot>();
  #numbers = 0;

  constructor(place: Pick<Stat, 'device' | 'inode'>, now: Now) {
    this.#place = place;
    this.#stamps = new Stamps(now);
  }

  get stat(): Stat {
    return { type: DIRECTORY, size: 0, ...this.#place, times: this.#stamps.times };
  }

  setTimes(times: NewTimes): void {
    this.#stamps.set(times);
  }

  get size(): number {
    return this.#slots.size;
  }

  get(name: string): Node | undefined {
    return this.#slots.get(name)?.node;
  }

  /** In place of what has the name. */
  put(name: string, node: Node): void {
    // A map keeps the place of a name that it has: numbers would no longer grow.
    this.#slots.delete(name);
    this.#slots.set(name, { node, number: this.#numbers++ });
    this.#stamps.written();
  }

  remove(name: string): void {
    this.#slots.delete(name);
    this.#stamps.written();
  }

  *entriesFrom(cookie: number): Generator<Entry> {
    for (const [name, { node, number }] of this.#slots) {
      const { type, inode } = node.stat;
      if (number >= cookie) yield { name, type, inode, next: number + 1 };
    }
  }

  *folders(): Generator<Directory> {
    for (const { node } of this.#slots.values()) if (node instanceof Directory) yield node;
  }
}
