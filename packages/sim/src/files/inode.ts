/**
 * A file's bytes twice: as programs see them (the system's page cache), and as they are on the disk; and, sector by sector, what may be
 * on the disk after a power loss. That is any of what was written there since the last sync that succeeded.
 */
import type { Random } from '../physics/random.ts';

/** A sector that was written and not synced. */
interface Pending {
  /** What was written there before the newest content, and not synced either. */
  readonly older: Uint8Array[];
  /** The newest write to it. */
  write: number;
  /** Whether the next sync writes it. After a failed one the system takes it for written. */
  dirty: boolean;
}

/** What a power loss took of a file. */
export interface Losses {
  readonly sectors: number;
  readonly tornWrites: number;
  readonly size: boolean;
}

/** What the disk itself does to a sector that is synced, instead of writing it. */
export type Writing = 'right' | 'lost' | { readonly insteadOf: number };

export class Inode {
  readonly sector: number;
  readonly mode: number;
  mtimeMs = 0;
  /** As programs see it. */
  size = 0;
  #cache = new Uint8Array(0);
  #disk = new Uint8Array(0);
  #diskSize = 0;
  /** Sizes that it had since the last sync, without the present one. */
  #sizes: number[] = [];
  readonly #pending = new Map<number, Pending>();
  #writes = 0;
  /** Whether the disk has something else than it confirmed. */
  #lies = false;

  constructor(sector: number, mode: number) {
    this.sector = sector;
    this.mode = mode;
  }

  /** How many bytes there were to read. */
  read(into: Uint8Array, at: number): number {
    const length = Math.max(0, Math.min(into.length, this.size - at));
    into.set(this.#cache.subarray(at, at + length));
    return length;
  }

  write(bytes: Uint8Array, at: number): void {
    if (bytes.length === 0) return;
    const end = at + bytes.length;
    const write = ++this.#writes;
    this.#cache = withRoom(this.#cache, end);
    for (let sector = Math.floor(at / this.sector); sector * this.sector < end; sector++)
      this.#touch(sector, write);
    if (end > this.size) this.#resize(end);
    this.#cache.set(bytes, at);
  }

  truncate(size: number): void {
    if (size === this.size) return;
    const write = ++this.#writes;
    const [from, to] = [Math.min(size, this.size), Math.max(size, this.size)];
    this.#cache = withRoom(this.#cache, to);
    for (let sector = Math.floor(from / this.sector); sector * this.sector < to; sector++)
      this.#touch(sector, write);
    this.#cache.fill(0, from, to);
    this.#resize(size);
  }

  /** All is on the disk, or what the disk makes of it. */
  sync(writing: (sector: number) => Writing = () => 'right'): void {
    this.#disk = withRoom(this.#disk, this.size);
    for (const [sector, { dirty }] of this.#pending) {
      if (!dirty) continue;
      this.#pending.delete(sector);
      const how = writing(sector);
      if (how !== 'right') this.#lies = true;
      if (how === 'lost') continue;
      const place = how === 'right' ? sector : how.insteadOf;
      this.#disk = withRoom(this.#disk, (place + 1) * this.sector);
      this.#disk.set(
        this.#cache.subarray(sector * this.sector, (sector + 1) * this.sector),
        place * this.sector,
      );
    }
    // What is behind the end is nothing.
    this.#disk.fill(0, this.size);
    this.#diskSize = this.size;
    this.#sizes = [];
  }

  /** The disk failed to write them: nobody knows which it has, and no later sync writes them. Of some the system then reads what the disk had. */
  failSync(drops: (sector: number) => boolean): void {
    for (const [sector, pending] of this.#pending) {
      if (!pending.dirty) continue;
      pending.dirty = false;
      if (!drops(sector)) continue;
      pending.older.push(this.#cached(sector));
      this.#cache.set(this.#onDisk(sector), sector * this.sector);
    }
  }

  /** The power is gone, and comes back. `keeps`: the probability that a sector that was not synced is on the disk. */
  losePower(random: Random, keeps: number): Losses {
    if (this.#pending.size === 0 && this.#sizes.length === 0 && !this.#lies)
      return { sectors: 0, tornWrites: 0, size: false };
    const fates = new Map<number, { kept: boolean; lost: boolean }>();
    let sectors = 0;
    const disk = withRoom(this.#disk, this.#cache.length);
    for (const [sector, { older, write }] of this.#pending) {
      const fate = fates.get(write) ?? { kept: false, lost: false };
      fates.set(write, fate);
      const versions = [this.#cached(sector), ...older];
      const kept = random.chance(keeps)
        ? random.pick([versions[0] ?? this.#cached(sector), ...versions])
        : undefined;
      if (kept === undefined) sectors++;
      else disk.set(kept, sector * this.sector);
      if (kept === versions[0]) fate.kept = true;
      else fate.lost = true;
    }
    const size = random.chance(keeps) ? this.size : random.pick([this.#diskSize, ...this.#sizes]);
    const losses = {
      sectors,
      tornWrites: [...fates.values()].filter(({ kept, lost }) => kept && lost).length,
      size: size !== this.size,
    };
    this.#comeBack(disk, size);
    return losses;
  }

  /** A bit of what is on the disk, and of what programs read of it. */
  flip(random: Random): void {
    const at = random.below(this.#diskSize);
    const bit = 1 << random.below(8);
    this.#disk[at] = (this.#disk[at] ?? 0) ^ bit;
    if (!this.#pending.has(Math.floor(at / this.sector)))
      this.#cache.set(this.#disk.subarray(at, at + 1), at);
  }

  get diskSize(): number {
    return this.#diskSize;
  }

  /** As it is on the disk. */
  copy(): Inode {
    const copy = new Inode(this.sector, this.mode);
    copy.mtimeMs = this.mtimeMs;
    copy.#comeBack(this.#disk.slice(), this.#diskSize);
    return copy;
  }

  #comeBack(disk: Uint8Array<ArrayBuffer>, size: number): void {
    this.#disk = withRoom(disk, size);
    this.#disk.fill(0, size);
    this.#cache = this.#disk.slice();
    this.#diskSize = size;
    this.size = size;
    this.#sizes = [];
    this.#pending.clear();
    this.#lies = false;
  }

  #touch(sector: number, write: number): void {
    this.#cache = withRoom(this.#cache, (sector + 1) * this.sector);
    const pending = this.#pending.get(sector);
    if (pending === undefined) {
      this.#pending.set(sector, { older: [], write, dirty: true });
      return;
    }
    pending.older.push(this.#cached(sector));
    pending.write = write;
    pending.dirty = true;
  }

  #resize(size: number): void {
    this.#sizes.push(this.size);
    this.size = size;
  }

  #cached(sector: number): Uint8Array {
    return this.#cache.slice(sector * this.sector, (sector + 1) * this.sector);
  }

  #onDisk(sector: number): Uint8Array {
    const bytes = new Uint8Array(this.sector);
    bytes.set(this.#disk.subarray(sector * this.sector, (sector + 1) * this.sector));
    return bytes;
  }
}

function withRoom(bytes: Uint8Array<ArrayBuffer>, size: number): Uint8Array<ArrayBuffer> {
  if (size <= bytes.length) return bytes;
  const larger = new Uint8Array(Math.max(size, bytes.length * 2, 4096));
  larger.set(bytes);
  return larger;
}
