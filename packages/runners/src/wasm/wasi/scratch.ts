/** A folder of the program's own, in memory: it begins nearly empty and ends with the job. What it holds is bounded. */
import { refuse } from './call.ts';
import {
  type Content,
  type Descriptor,
  DIRECTORY,
  NOTHING,
  openContent,
  REGULAR_FILE,
  type Stat,
} from './descriptors.ts';
import { Errno, EXIST, INVAL, ISDIR, NOENT, NOSPC, NOTDIR, NOTEMPTY, XDEV } from './errno.ts';
import type { Entry, Folder, OpenFlags } from './folders.ts';
import { readPath } from './paths.ts';

const DEVICE = 3;
/** What a name and its file take beside its bytes, at least. */
const NODE = 1024;

/** Bytes that all files of a folder have together. */
class Budget {
  #left: number;
  constructor(bytes: number) {
    this.#left = bytes;
  }
  /** Throws `Errno` (NOSPC). */
  take(bytes: number): void {
    if (bytes > this.#left) refuse(NOSPC);
    this.#left -= bytes;
  }
  give(bytes: number): void {
    this.#left += bytes;
  }
}

class File implements Content {
  readonly inode: number;
  readonly #budget: Budget;
  #bytes = new Uint8Array(0);
  #size = 0;
  #open = 0;
  #linked = true;

  constructor(inode: number, budget: Budget) {
    this.inode = inode;
    this.#budget = budget;
    budget.take(NODE);
  }

  get stat(): Stat {
    return { type: REGULAR_FILE, size: this.#size, device: DEVICE, inode: this.inode };
  }

  read(target: Uint8Array, at: number): number {
    const part = this.#bytes.subarray(Math.min(at, this.#size), Math.min(at + target.length, this.#size));
    target.set(part);
    return part.length;
  }

  write(bytes: Uint8Array, at: number): void {
    if (bytes.length === 0) return;
    const end = at + bytes.length;
    if (end > this.#bytes.length)
      this.#grow(Math.max(end, Math.min(2 * this.#bytes.length, end + (1 << 20))), end);
    this.#bytes.set(bytes, at);
    this.#size = Math.max(this.#size, end);
  }

  resize(size: number): void {
    if (size > this.#bytes.length) this.#grow(size, size);
    // What was there is gone, also where it grows again.
    if (size < this.#size) this.#bytes.fill(0, size, this.#size);
    this.#size = size;
  }

  open(append: boolean): Descriptor {
    this.#open++;
    return openContent(this, append, () => {
      this.#open--;
      this.#forget();
    });
  }

  /** Its name is gone. Who has it open keeps it. */
  unlink(): void {
    this.#linked = false;
    this.#forget();
  }

  #forget(): void {
    if (this.#linked || this.#open > 0) return;
    this.#budget.give(NODE + this.#bytes.length);
    this.#bytes = new Uint8Array(0);
  }

  #grow(wish: number, need: number): void {
    const before = this.#bytes.length;
    let size = wish;
    try {
      this.#budget.take(size - before);
    } catch {
      // Without a reserve, if it is just enough.
      size = need;
      this.#budget.take(size - before);
    }
    const larger = new Uint8Array(size);
    larger.set(this.#bytes.subarray(0, this.#size));
    this.#bytes = larger;
  }
}

class Directory {
  readonly inode: number;
  readonly nodes = new Map<string, File | Directory>();
  constructor(inode: number) {
    this.inode = inode;
  }
  get stat(): Stat {
    return { type: DIRECTORY, size: 0, device: DEVICE, inode: this.inode };
  }
}

/** Where a path leads: the folder that has the name, and what has it there. */
interface Place {
  readonly parent: Directory;
  /** Empty for the folder itself. */
  readonly name: string;
  readonly node: File | Directory | undefined;
  readonly folder: boolean;
}

/** Folders of one tree know each other's. */
const trees = new WeakMap<Folder, { readonly tree: Tree; readonly root: Directory }>();

class Tree {
  readonly #budget: Budget;
  #inodes = 0;
  constructor(bytes: number) {
    this.#budget = new Budget(bytes);
  }

  directory(): Directory {
    this.#budget.take(NODE);
    return new Directory(++this.#inodes);
  }

  folder(root: Directory, path?: string): Folder {
    const folder: Folder = {
      ...NOTHING,
      read: () => refuse(ISDIR),
      stat: root.stat,
      ...(path !== undefined && { path }),
      get entries() {
        return [...root.nodes].map(
          ([name, { stat }]): Entry => ({ name, type: stat.type, inode: stat.inode }),
        );
      },
      open: (raw, flags) => this.#open(find(root, raw), flags),
      statOf: (raw) => (find(root, raw).node ?? refuse(NOENT)).stat,
      makeFolder: (raw) => {
        const { parent, name, node } = find(root, raw);
        if (node) refuse(EXIST);
        parent.nodes.set(name, this.directory());
      },
      removeFolder: (raw) => {
        const { parent, name, node } = find(root, raw);
        if (!node) refuse(NOENT);
        if (!(node instanceof Directory)) refuse(NOTDIR);
        if (name === '') refuse(INVAL);
        if (node instanceof Directory && node.nodes.size > 0) refuse(NOTEMPTY);
        parent.nodes.delete(name);
        this.#budget.give(NODE);
      },
      removeFile: (raw) => {
        const { parent, name, node, folder: wantsFolder } = find(root, raw);
        if (!node) refuse(NOENT);
        if (!(node instanceof File)) throw new Errno(ISDIR);
        if (wantsFolder) refuse(NOTDIR);
        parent.nodes.delete(name);
        node.unlink();
      },
      rename: (raw, to, toPath) => this.#rename(find(root, raw), to, toPath),
    };
    trees.set(folder, { tree: this, root });
    return folder;
  }

  #open({ parent, name, node, folder }: Place, flags: OpenFlags): Descriptor {
    if (node) {
      if (flags.create && flags.exclusive) refuse(EXIST);
      if (node instanceof Directory)
        return flags.create || flags.truncate ? refuse(ISDIR) : this.folder(node);
      if (flags.directory || folder) refuse(NOTDIR);
      if (flags.truncate) node.resize(0);
      return node.open(flags.append);
    }
    if (!flags.create) refuse(NOENT);
    if (flags.directory) refuse(INVAL);
    if (folder) refuse(ISDIR);
    const made = new File(++this.#inodes, this.#budget);
    parent.nodes.set(name, made);
    return made.open(flags.append);
  }

  #rename(from: Place, to: Folder, toPath: string): void {
    const other = trees.get(to);
    const node = from.node ?? refuse(NOENT);
    if (other?.tree !== this) throw new Errno(XDEV);
    const target = find(other.root, toPath);
    if (from.name === '' || target.name === '') refuse(INVAL);
    if (target.node === node) return;
    if (node instanceof File && (from.folder || target.folder)) refuse(NOTDIR);
    if (node instanceof Directory && contains(node, target.parent)) refuse(INVAL);
    if (target.node instanceof Directory) {
      if (node instanceof File) refuse(ISDIR);
      if (target.node.nodes.size > 0) refuse(NOTEMPTY);
      this.#budget.give(NODE);
    } else if (target.node) {
      if (node instanceof Directory) refuse(NOTDIR);
      target.node.unlink();
    }
    from.parent.nodes.delete(from.name);
    target.parent.nodes.set(target.name, node);
  }
}

function find(root: Directory, raw: string): Place {
  const { names, folder } = readPath(raw);
  let parent = root;
  for (const name of names.slice(0, -1)) {
    const next = parent.nodes.get(name) ?? refuse(NOENT);
    parent = next instanceof Directory ? next : refuse(NOTDIR);
  }
  const name = names.at(-1) ?? '';
  return { parent, name, node: name === '' ? root : parent.nodes.get(name), folder };
}

function contains(folder: Directory, other: Directory): boolean {
  const left = [folder];
  for (let one = left.pop(); one; one = left.pop()) {
    if (one === other) return true;
    for (const node of one.nodes.values()) if (node instanceof Directory) left.push(node);
  }
  return false;
}

/** The folder "/", with a folder "tmp" in it. Beyond `bytes` its calls end with NOSPC. */
export function scratchFolder(bytes: number): Folder {
  const tree = new Tree(bytes);
  const root = tree.directory();
  root.nodes.set('tmp', tree.directory());
  return tree.folder(root, '/');
}
