/**
 * A file system in memory, with a disk below it that fails. Its calls are synchronous and take time on the world's clock; each is a place at
 * which the power may go.
 */
import type { Faults } from '../physics/faults.ts';
import type { Loop } from '../physics/loop.ts';
import type { Random } from '../physics/random.ts';
import { Stopped, SystemError } from './errors.ts';
import { type Entry, Folder } from './folder.ts';
import { Inode, type Writing } from './inode.ts';

export interface FileSystemOptions {
  readonly random: Random;
  readonly faults: Faults;
  readonly loop: Loop;
  /** Bytes that the disk writes whole or not at all. */
  readonly sector: 512 | 4096;
  readonly tell: (line: string) => void;
}

/** Milliseconds of a call. */
const CALL = 0.01;
const SYNC = 0.5;
const SLOW = 4000;

export class FileSystem {
  readonly #options: FileSystemOptions;
  #root = new Folder();
  #stopped = false;
  #callsLeft: number | undefined;
  #whenStopped = Promise.withResolvers<void>();
  #calls = 0;
  #fullUntil = 0;
  /** What the disk had some time ago. */
  #before: Folder | undefined;

  constructor(options: FileSystemOptions) {
    this.#options = options;
  }

  get isStopped(): boolean {
    return this.#stopped;
  }

  get calls(): number {
    return this.#calls;
  }

  /** Resolves when the machine stops. */
  get whenStopped(): Promise<void> {
    return this.#whenStopped.promise;
  }

  /** The machine stops in so many calls. */
  stopIn(calls: number): void {
    this.#callsLeft = calls;
  }

  stop(): void {
    this.#stopped = true;
    this.#callsLeft = undefined;
    this.#whenStopped.resolve();
  }

  /** The next start, after a power loss or without one. */
  start(lostPower: boolean): void {
    const { random, faults } = this.#options;
    if (lostPower) this.#losePower(random.pick([0, 0, 0.5, 0.9, 1]));
    if (this.#before && faults.comes('old disk')) this.#root = this.#before.copy();
    for (const [path, inode] of this.#inodes())
      if (inode.diskSize > 0 && faults.comes('bit flip', path)) inode.flip(random);
    this.#stopped = false;
    this.#fullUntil = 0;
    this.#whenStopped = Promise.withResolvers();
  }

  open(
    path: string,
    flags: { readonly create: boolean; readonly exclusive?: boolean; readonly mode?: number },
  ): OpenFile {
    return this.#call('open', path, () => {
      const { folder, name } = this.#place('open', path);
      const found = folder.entries.get(name);
      if (found instanceof Folder) throw new SystemError('EISDIR', 'open', path);
      if (found && flags.exclusive) throw new SystemError('EEXIST', 'open', path);
      if (found) return new OpenFile(this, path, found);
      if (!flags.create) throw new SystemError('ENOENT', 'open', path);
      this.#requireRoom('open', path);
      const inode = new Inode(this.#options.sector, flags.mode ?? 0o644);
      inode.mtimeMs = this.#options.loop.wall;
      folder.change(new Map([[name, inode]]));
      return new OpenFile(this, path, inode);
    });
  }

  find(call: string, path: string): Entry | undefined {
    return this.#call(call, path, () => {
      if (path === '/') return this.#root;
      const { folder, name } = this.#place(call, path);
      return folder.entries.get(name);
    });
  }

  makeFolder(path: string, mode: number): void {
    this.#call('mkdir', path, () => {
      const { folder, name } = this.#place('mkdir', path);
      if (folder.entries.has(name)) throw new SystemError('EEXIST', 'mkdir', path);
      this.#requireRoom('mkdir', path);
      folder.change(new Map([[name, new Folder(mode)]]));
    });
  }

  link(from: string, to: string): void {
    this.#call('link', to, () => {
      const inode = this.#file('link', from);
      const { folder, name } = this.#place('link', to);
      if (folder.entries.has(name)) throw new SystemError('EEXIST', 'link', to);
      folder.change(new Map([[name, inode]]));
    });
  }

  /** Within a folder it is one change; else two, each of which may be lost. */
  rename(from: string, to: string): void {
    this.#call('rename', to, () => {
      const inode = this.#file('rename', from);
      const [source, target] = [this.#place('rename', from), this.#place('rename', to)];
      if (source.folder !== target.folder) {
        target.folder.change(new Map([[target.name, inode]]));
        source.folder.change(new Map([[source.name, undefined]]));
        return;
      }
      target.folder.change(
        new Map<string, Entry | undefined>([
          [source.name, undefined],
          [target.name, inode],
        ]),
      );
    });
  }

  unlink(path: string): void {
    this.#call('unlink', path, () => {
      this.#file('unlink', path);
      const { folder, name } = this.#place('unlink', path);
      folder.change(new Map([[name, undefined]]));
    });
  }

  removeFolder(path: string): void {
    this.#call('rmdir', path, () => {
      this.#folder('rmdir', path);
      const { folder, name } = this.#place('rmdir', path);
      folder.change(new Map([[name, undefined]]));
    });
  }

  syncFolder(path: string): void {
    this.#call('fsync', path, () => {
      const { faults } = this.#options;
      if (faults.comes('sync error', path)) throw new SystemError('EIO', 'fsync', path);
      this.#folder('fsync', path).sync();
    });
  }

  /** Of an open file. */
  read({ inode, path }: OpenFile, into: Uint8Array, at: number): number {
    return this.#call('read', path, () => {
      if (this.#options.faults.comes('read error', path)) throw new SystemError('EIO', 'read', path);
      return inode.read(into, at);
    });
  }

  write({ inode, path }: OpenFile, bytes: Uint8Array, at: number): void {
    this.#call('write', path, () => {
      const { faults, random } = this.#options;
      if (faults.comes('write error', path)) {
        inode.write(bytes.subarray(0, random.below(bytes.length + 1)), at);
        throw new SystemError('EIO', 'write', path);
      }
      const isFull = at + bytes.length > inode.size && this.#isFull(path);
      inode.write(isFull ? bytes.subarray(0, random.below(bytes.length)) : bytes, at);
      inode.mtimeMs = this.#options.loop.wall;
      if (isFull) throw new SystemError('ENOSPC', 'write', path);
    });
  }

  truncate({ inode, path }: OpenFile, size: number): void {
    this.#call('truncate', path, () => inode.truncate(size));
  }

  sync({ inode, path }: OpenFile): void {
    this.#call('fsync', path, () => {
      const { faults } = this.#options;
      if (faults.comes('sync error', path)) {
        inode.failSync(() => faults.comes('dropped page', path));
        throw new SystemError('EIO', 'fsync', path);
      }
      inode.sync((sector) => this.#writing(inode, path, sector));
    });
  }

  /** The system's answer to one call. */
  #call<T>(call: string, path: string, act: () => T): T {
    if (this.#stopped) throw new Stopped(call);
    const { random, faults, loop, tell } = this.#options;
    this.#calls++;
    tell(`${call} ${path}`);
    if (faults.mayCome('old disk') && random.chance(0.01)) this.#before = this.#root.copy();
    loop.spend(faults.comes('slow disk', path) ? SLOW : call === 'fsync' ? SYNC : CALL);
    const isLast = this.#callsLeft !== undefined && --this.#callsLeft <= 0;
    if (isLast && random.chance(0.5)) {
      this.stop();
      throw new Stopped(call);
    }
    try {
      return act();
    } finally {
      if (isLast) this.stop();
    }
  }

  #writing(inode: Inode, path: string, sector: number): Writing {
    const { faults, random } = this.#options;
    if (faults.comes('lost write', `${path} ${sector}`)) return 'lost';
    if (!faults.comes('misdirected write', `${path} ${sector}`)) return 'right';
    return { insteadOf: random.below(Math.ceil(inode.size / inode.sector)) };
  }

  #isFull(path: string): boolean {
    const { faults, random } = this.#options;
    if (!faults.areOn) return false;
    if (this.#calls < this.#fullUntil) return true;
    if (!faults.comes('disk full', path)) return false;
    this.#fullUntil = this.#calls + random.between(1, 60);
    return true;
  }

  #requireRoom(call: string, path: string): void {
    if (this.#isFull(path)) throw new SystemError('ENOSPC', call, path);
  }

  #losePower(keeps: number): void {
    const { random, faults } = this.#options;
    for (const [path, inode] of this.#inodes()) {
      const { sectors, tornWrites, size } = inode.losePower(random, keeps);
      if (sectors > 0) faults.count('lost sector', path);
      if (tornWrites > 0) faults.count('torn write', path);
      if (size) faults.count('lost size', path);
    }
    for (const [path, folder] of this.#folders())
      if (folder.losePower(random, keeps) > 0) faults.count('lost entry', path);
  }

  /** Each once, in the order of their first paths. */
  #inodes(): ReadonlyMap<string, Inode> {
    const found = new Map<string, Inode>();
    const known = new Set<Inode>();
    for (const [path, folder] of this.#folders())
      for (const [name, entry] of folder.entries)
        if (entry instanceof Inode && !known.has(entry)) {
          known.add(entry);
          found.set(`${path}/${name}`, entry);
        }
    return found;
  }

  *#folders(path = '', folder: Folder = this.#root): Generator<readonly [path: string, folder: Folder]> {
    yield [path, folder];
    for (const [name, entry] of folder.entries)
      if (entry instanceof Folder) yield* this.#folders(`${path}/${name}`, entry);
  }

  #place(call: string, path: string): { readonly folder: Folder; readonly name: string } {
    const segments = path.split('/').filter((segment) => segment !== '');
    const name = segments.pop();
    if (name === undefined) throw new SystemError('EEXIST', call, path);
    let folder = this.#root;
    for (const segment of segments) {
      const entry = folder.entries.get(segment);
      if (entry === undefined) throw new SystemError('ENOENT', call, path);
      if (!(entry instanceof Folder)) throw new SystemError('ENOTDIR', call, path);
      folder = entry;
    }
    return { folder, name };
  }

  #folder(call: string, path: string): Folder {
    if (path === '/') return this.#root;
    const { folder, name } = this.#place(call, path);
    const entry = folder.entries.get(name);
    if (entry instanceof Folder) return entry;
    throw new SystemError(entry ? 'ENOTDIR' : 'ENOENT', call, path);
  }

  #file(call: string, path: string): Inode {
    const { folder, name } = this.#place(call, path);
    const entry = folder.entries.get(name);
    if (entry instanceof Inode) return entry;
    throw new SystemError(entry ? 'EISDIR' : 'ENOENT', call, path);
  }
}

export class OpenFile {
  readonly path: string;
  readonly inode: Inode;
  readonly #files: FileSystem;

  constructor(files: FileSystem, path: string, inode: Inode) {
    this.#files = files;
    this.path = path;
    this.inode = inode;
  }

  /** How many bytes there were. */
  read(into: Uint8Array, at: number): number {
    return this.#files.read(this, into, at);
  }

  write(bytes: Uint8Array, at: number): void {
    this.#files.write(this, bytes, at);
  }

  truncate(size: number): void {
    this.#files.truncate(this, size);
  }

  sync(): void {
    this.#files.sync(this);
  }
}
