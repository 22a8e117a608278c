/** A folder of the program's own, in memory: it begins nearly empty and ends with the job. What it holds is bounded. */
import { refuse } from './call.ts';
import { type Descriptor, NO_FILE } from './descriptors.ts';
import { Directory, type Node } from './directory.ts';
import {
  Errno,
  EXIST,
  INVAL,
  ISDIR,
  LOOP,
  NOENT,
  NOTCAPABLE,
  NOTDIR,
  NOTEMPTY,
  PERM,
  XDEV,
} from './errno.ts';
import type { Folder, OpenFlags } from './folders.ts';
import { Link } from './link.ts';
import { Budget, File, NODE } from './memory-file.ts';
import type { Now } from './times.ts';
import { lookUp, type Place, walk } from './walk.ts';

const DEVICE = 3;

/** Folders of one tree know each other's. */
const trees = new WeakMap<Folder, { readonly tree: Tree; readonly root: Directory }>();

class Tree {
  readonly #budget: Budget;
  readonly #now: Now;
  #inodes = 0;
  constructor(room: () => number, now: Now) {
    this.#budget = new Budget(room);
    this.#now = now;
  }

  directory(): Directory {
    this.#budget.take(NODE);
    return new Directory(this.#place(), this.#now);
  }

  folder(root: Directory, path?: string): Folder {
    const folder: Folder = {
      ...NO_FILE,
      get stat() {
        return root.stat;
      },
      setTimes: (times) => root.setTimes(times),
      ...(path !== undefined && { path }),
      entriesFrom: (cookie) => root.entriesFrom(cookie),
      open: (raw, flags) => {
        // A new file never goes where a link leads: `O_EXCL`.
        const follow = flags.follow && !(flags.create && flags.exclusive);
        return this.#open(lookUp(root, raw, follow), flags);
      },
      statOf: (raw, follow) => found(root, raw, follow).stat,
      setTimesOf: (raw, follow, times) => found(root, raw, follow).setTimes(times),
      makeFolder: (raw) => {
        const { parent, name, node } = walk(root, raw);
        if (node) refuse(EXIST);
        parent.put(name, this.directory());
      },
      removeFolder: (raw) => {
        const { parent, name, node } = walk(root, raw);
        if (!node) refuse(NOENT);
        if (!(node instanceof Directory)) refuse(NOTDIR);
        if (name === '') refuse(INVAL);
        if (node.size > 0) refuse(NOTEMPTY);
        parent.remove(name);
        this.#budget.give(NODE);
      },
      removeFile: (raw) => {
        const { parent, name, node, folder: wantsFolder } = walk(root, raw);
        if (!node) refuse(NOENT);
        if (node instanceof Directory) throw new Errno(ISDIR);
        if (wantsFolder) refuse(NOTDIR);
        parent.remove(name);
        node.unlink();
      },
      rename: (raw, to, toPath) => this.#rename(walk(root, raw), to, toPath),
      link: (raw, follow, to, toPath) => this.#link(lookUp(root, raw, follow), to, toPath),
      makeLink: (target, raw) => {
        if (target === '') refuse(NOENT);
        // It could not be followed: a path begins at an open folder.
        if (target.startsWith('/')) refuse(NOTCAPABLE);
        if (target.includes('\0')) refuse(INVAL);
        const { parent, name, node, folder: like } = walk(root, raw);
        if (node) refuse(like && !(node instanceof Directory) ? NOTDIR : EXIST);
        if (like) refuse(NOENT);
        parent.put(name, new Link(target, this.#place(), this.#budget, this.#now));
      },
      readLink: (raw) => {
        const node = found(root, raw, false);
        return node instanceof Link ? node.target : refuse(INVAL);
      },
    };
    trees.set(folder, { tree: this, root });
    return folder;
  }

  #place(): { readonly device: number; readonly inode: number } {
    return { device: DEVICE, inode: ++this.#inodes };
  }

  #open({ parent, name, node, folder }: Place, flags: OpenFlags): Descriptor {
    if (node) {
      if (flags.create && flags.exclusive) refuse(EXIST);
      if (node instanceof Directory)
        return flags.create || flags.truncate || flags.writes ? refuse(ISDIR) : this.folder(node);
      if (node instanceof Link) throw new Errno(flags.directory ? NOTDIR : LOOP);
      if (flags.directory || folder) refuse(NOTDIR);
      if (flags.truncate) node.resize(0);
      return node.open(flags);
    }
    if (!flags.create) refuse(NOENT);
    if (flags.directory) refuse(INVAL);
    if (folder) refuse(ISDIR);
    const made = new File(this.#place(), this.#budget, this.#now);
    parent.put(name, made);
    return made.open(flags);
  }

  #link({ node = refuse(NOENT) }: Place, to: Folder, toPath: string): void {
    const other = trees.get(to);
    if (other?.tree !== this) throw new Errno(XDEV);
    // Folders have one name each, else they could lie in themselves.
    if (node instanceof Directory) throw new Errno(PERM);
    const target = walk(other.root, toPath);
    if (target.node) refuse(EXIST);
    if (target.folder) refuse(NOENT);
    node.link();
    target.parent.put(target.name, node);
  }

  #rename(from: Place, to: Folder, toPath: string): void {
    const other = trees.get(to);
    const node = from.node ?? refuse(NOENT);
    if (other?.tree !== this) throw new Errno(XDEV);
    const target = walk(other.root, toPath);
    if (from.name === '' || target.name === '') refuse(INVAL);
    if (target.node === node) return;
    if (!(node instanceof Directory) && (from.folder || target.folder)) refuse(NOTDIR);
    if (node instanceof Directory && contains(node, target.parent)) refuse(INVAL);
    if (target.node instanceof Directory) {
      if (!(node instanceof Directory)) refuse(ISDIR);
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

function found(root: Directory, raw: string, follow: boolean): Node {
  return lookUp(root, raw, follow).node ?? refuse(NOENT);
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
 * @param now The time that files get which are made and written.
 */
export function scratchFolder(room: () => number, now: Now): Folder {
  const tree = new Tree(room, now);
  const root = tree.directory();
  root.put('tmp', tree.directory());
  return tree.folder(root, '/');
}
