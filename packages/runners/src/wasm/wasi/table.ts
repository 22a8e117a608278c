/** The table of a WASI program's descriptors. */
import type { Descriptor } from './descriptors.ts';
import { BADF, Errno, NOTDIR } from './errno.ts';
import type { Folder } from './folders.ts';

const isFolder = (descriptor: Descriptor): descriptor is Folder => 'entries' in descriptor;

/** Throws `Errno` (BADF, NOTDIR) for numbers that stand for nothing, or for something else. */
export class DescriptorTable {
  readonly #open = new Map<number, Descriptor>();

  constructor(first: readonly Descriptor[]) {
    for (const [number, descriptor] of first.entries()) this.#open.set(number, descriptor);
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

  /** The lowest free number, as POSIX has it. */
  add(descriptor: Descriptor): number {
    let number = 0;
    while (this.#open.has(number)) number++;
    this.#open.set(number, descriptor);
    return number;
  }

  close(number: number): void {
    const descriptor = this.get(number);
    this.#open.delete(number);
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
  }
}
