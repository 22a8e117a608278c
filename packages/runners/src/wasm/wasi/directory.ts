/** A folder in memory. Its entries are numbered as they come, so that who lists them goes on where it was, whatever was removed meanwhile. */
import { DIRECTORY, type Stat } from './descriptors.ts';
import type { Entry } from './folders.ts';
import type { File } from './memory-file.ts';

type Node = File | Directory;

interface Slot {
  readonly node: Node;
  readonly number: number;
}

export class Directory {
  readonly stat: Stat;
  /** By name, by growing numbers. */
  readonly #slots = new Map<string, Slot>();
  #numbers = 0;

  constructor(place: { readonly device: number; readonly inode: number }) {
    this.stat = { type: DIRECTORY, size: 0, ...place };
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
  }

  remove(name: string): void {
    this.#slots.delete(name);
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
