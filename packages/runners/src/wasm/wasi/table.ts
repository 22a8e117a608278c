/** The table of a WASI program's descriptors. */
import { limits } from '../../limits.ts';
import type { Descriptor } from './descriptors.ts';
import { BADF, Errno, MFILE, NOTDIR } from './errno.ts';
import type { Folder } from './folders.ts';

const MOST = limits.wasiDescriptors.value;

const isFolder = (descriptor: Descriptor): descriptor is Folder => 'entriesFrom' in descriptor;

/** Throws `Errno` (BADF, NOTDIR, MFILE) for numbers that stand for nothing, or for something else. */
export class DescriptorTable {
  readonly #open = new Map<number, Descriptor>();
  /** Below it none is free. */
  #lowest: number;

  constructor(first: readonly Descriptor[]) {
    for (const [number, descriptor] of first.entries()) this.#open.set(number, descriptor);
    this.#lowest = first.length;
  }

  get(number: number): Descriptor {
    const descriptor = this.#open.get(number);
    if (!descriptor) throw new Errno(BADF);
    return descriptor;
  }

  folder(number: number): Folder {
    const descriptor = this.get(number);
    if (!isFolder(descriptor)) throw new Errno(NOTDIR);
    return descriptor;
  }

  /** Before something is opened that would have to be closed again. */
  expectRoom(): void {
    if (this.#open.size >= MOST) throw new Errno(MFILE);
  }

  /** The lowest free number, as POSIX has it. */
  add(descriptor: Descriptor): number {
    while (this.#open.has(this.#lowest)) this.#lowest++;
    this.#open.set(this.#lowest, descriptor);
    return this.#lowest;
  }

  close(number: number): void {
    const descriptor = this.get(number);
    this.#open.delete(number);
    this.#lowest = Math.min(this.#lowest, number);
    descriptor.close();
  }

  /** Moves a descriptor to another number, whose own is closed. */
  renumber(from: number, to: number): void {
    const descriptor = this.get(from);
    this.get(to);
    if (from === to) return;
    this.close(to);
    this.#open.delete(from);
    this.#open.set(to, descriptor);
    this.#lowest = Math.min(this.#lowest, from);
  }
}
