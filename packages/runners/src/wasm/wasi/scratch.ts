/** A folder of the program's own, in memory: it begins nearly empty and ends with the job. What it holds is bounded. */
import { refuse } from './call.ts';
import { type Descriptor, NOTHING } from './descriptors.ts';
import { Directory } from './directory.ts';
import { Errno, EXIST, INVAL, ISDIR, NOENT, NOTDIR, NOTEMPTY, XDEV } from './errno.ts';
import type { Folder, OpenFlags } from './folders.ts';
import { Budget, File, NODE } from './memory-file.ts';
import { readPath } from './paths.ts';

const DEVICE = 3;

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
  constructor(room: () => number) {
    this.#budget = new Budget(room);
  }

  directory(): Directory {
    this.#budget.take(NODE);
    return new Directory({ device: DEVICE, inode: ++this.#inodes });
  }

  folder(root: Directory, path?: string): Folder {
    const folder: Folder = {
      ...NOTHING,
      read: () => refuse(ISDIR),
      stat: root.stat,
      ...(path !== undefined && { path }),
      entriesFrom: (cookie) => root.entriesFrom(cookie),
      open: (raw, flags) => this.#open(find(root, raw), flags),
      statOf: (raw) => (find(root, raw).node ?? refuse(NOENT)).stat,
      makeFolder: (raw) => {
        const { parent, name, node } = find(root, raw);
        if (node) refuse(EXIST);
        parent.put(name, this.directory());
      },
      removeFolder: (raw) => {
        const { parent, name, node } = find(root, raw);
        if (!node) refuse(NOENT);
        if (!(node instanceof Directory)) refuse(NOTDIR);
        if (name === '') refuse(INVAL);
        if (node.size > 0) refuse(NOTEMPTY);
        parent.remove(name);
        this.#budget.give(NODE);
      },
      removeFile: (raw) => {
        const { parent, name, node, folder: wantsFolder } = find(root, raw);
        if (!node) refuse(NOENT);
        if (!(node instanceof File)) throw new Errno(ISDIR);
        if (wantsFolder) refuse(NOTDIR);
        parent.remove(name);
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
      return node.open(flags);
    }
    if (!flags.create) refuse(NOENT);
    if (flags.directory) refuse(INVAL);
    if (folder) refuse(ISDIR);
    const made = new File({ device: DEVICE, inode: ++this.#inodes }, this.#budget);
    parent.put(name, made);
    return made.open(flags);
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
      if (target.node.size > 0) refuse(NOTEMPTY);
      this.#budget.give(NODE);
    } else if (target.node) {
      if (node instanceof Directory) refuse(NOTDIR);
      target.node.unlink();
    }
    from.parent.remove(from.name);
    target.parent.put(target.name, node);
  }
}

function find(root: Directory, raw: string): Place {
  const { names, folder } = readPath(raw);
  let parent = root;
  for (const name of names.slice(0, -1)) {
    const next = parent.get(name) ?? refuse(NOENT);
    parent = next instanceof Directory ? next : refuse(NOTDIR);
  }
  const name = names.at(-1) ?? '';
  return { parent, name, node: name === '' ? root : parent.get(name), folder };
}

function contains(folder: Directory, other: Directory): boolean {
  const left = [folder];
  for (let one = left.pop(); one; one = left.pop()) {
    if (one === other) return true;
    // One by one: as many arguments as a folder may have folders do not fit on the stack.
    for (const inner of one.folders()) left.push(inner);
  }
  return false;
}

/**
 * The folder "/", with a folder "tmp" in it.
 *
 * @param room How many bytes it may take in all at this moment: what would be more ends with NOSPC.
 */
export function scratchFolder(room: () => number): Folder {
  const tree = new Tree(room);
  const root = tree.directory();
  root.put('tmp', tree.directory());
  return tree.folder(root, '/');
}
