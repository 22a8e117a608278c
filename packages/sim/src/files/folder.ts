/** A folder: its entries as programs see them, and as they are on the disk; each change is on the disk, or not, for itself until a sync. */
import type { Random } from '../physics/random.ts';
import type { Inode } from './inode.ts';

export type Entry = Inode | Folder;

/** Entries set, or taken out (undefined), at once: a rename is one change. */
type Change = ReadonlyMap<string, Entry | undefined>;

export class Folder {
  readonly mode: number;
  readonly entries = new Map<string, Entry>();
  #onDisk = new Map<string, Entry>();
  #changes: Change[] = [];

  constructor(mode = 0o700) {
    this.mode = mode;
  }

  change(change: Change): void {
    apply(this.entries, change);
    this.#changes.push(change);
  }

  sync(): void {
    this.#onDisk = new Map(this.entries);
    this.#changes = [];
  }

  /** How many changes were lost. */
  losePower(random: Random, keeps: number): number {
    let lost = 0;
    for (const change of this.#changes) {
      if (random.chance(keeps)) apply(this.#onDisk, change);
      else lost++;
    }
    this.#changes = [];
    this.entries.clear();
    for (const [name, entry] of this.#onDisk) this.entries.set(name, entry);
    return lost;
  }

  /** As it is on the disk, with all that is in it. */
  copy(): Folder {
    const copy = new Folder(this.mode);
    for (const [name, entry] of this.#onDisk) copy.entries.set(name, entry.copy());
    copy.sync();
    return copy;
  }
}

function apply(entries: Map<string, Entry>, change: Change): void {
  for (const [name, entry] of change) {
    if (entry === undefined) entries.delete(name);
    else entries.set(name, entry);
  }
}
