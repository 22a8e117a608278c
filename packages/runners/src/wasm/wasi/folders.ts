/** The folders of the task: /inputs and /outputs, with the task's files by their names. */
import type { Job } from '@gaiwan/protocol/executor';
import type { Files } from '../../files.ts';
import { refuse } from './call.ts';
import {
  type Descriptor,
  DIRECTORY,
  NO_FILE,
  type OpenMode,
  REGULAR_FILE,
  type Stat,
} from './descriptors.ts';
import { EXIST, INVAL, ISDIR, NOENT, NOTDIR, NOTSUP, ROFS, XDEV } from './errno.ts';
import { type Path, readPath } from './paths.ts';
import { input, Output } from './task-files.ts';
import type { NewTimes } from './times.ts';

/** One of a folder's entries. */
export interface Entry {
  readonly name: string;
  readonly type: number;
  readonly inode: number;
  /** The cookie that leads to the one behind it. */
  readonly next: number;
}

/** Flags of `path_open`. */
export interface OpenFlags extends OpenMode {
  readonly create: boolean;
  readonly directory: boolean;
  readonly exclusive: boolean;
  readonly truncate: boolean;
  /** Whether a link at the end is followed. */
  readonly follow: boolean;
  /** The program asks to write. A file that asks for nothing can be written too (`writable`). */
  readonly writes: boolean;
}

/** A folder. Paths are relative to it. Throws `Errno`. */
export interface Folder extends Descriptor {
  /** As it is announced, if it is. */
  readonly path?: string;
  /** Those from a cookie on; 0 leads to the first. */
  entriesFrom(cookie: number): Iterable<Entry>;
  open(path: string, flags: OpenFlags): Descriptor;
  statOf(path: string, follow: boolean): Stat;
  setTimesOf(path: string, follow: boolean, times: NewTimes): void;
  makeFolder(path: string): void;
  removeFolder(path: string): void;
  removeFile(path: string): void;
  rename(path: string, to: Folder, toPath: string): void;
  /** Another name for a file. */
  link(path: string, follow: boolean, to: Folder, toPath: string): void;
  /** A symbolic link to `target`. */
  makeLink(target: string, path: string): void;
  /** Where a symbolic link leads. */
  readLink(path: string): string;
}

const INPUTS = 1;
const OUTPUTS = 2;
/** Of the folder itself; files follow. */
const ROOT = 1;

/** /inputs: to read only. */
export function inputsFolder(job: Job, files: Files): Folder {
  const stats = new Map(
    job.inputs.map(({ name, size }, index): [string, Stat] => [
      name,
      { type: REGULAR_FILE, size, device: INPUTS, inode: ROOT + 1 + index },
    ]),
  );
  return fixedFolder('/inputs', INPUTS, [...stats.keys()], {
    open(name, { create, exclusive, truncate, writes }) {
      const stat = stats.get(name) ?? refuse(create ? ROFS : NOENT);
      if (create && exclusive) refuse(EXIST);
      if (truncate || writes) refuse(ROFS);
      return input(files, name, stat);
    },
    stat: (name) => stats.get(name) ?? refuse(NOENT),
    noTimes: ROFS,
  });
}

/** /outputs: to write; a file is there once it was created. */
export function outputsFolder(job: Job, files: Files): Folder {
  const created = new Map<string, Output>();
  return fixedFolder('/outputs', OUTPUTS, job.outputs, {
    open(name, flags) {
      const { create, exclusive, truncate } = flags;
      const index = job.outputs.indexOf(name);
      if (index < 0) refuse(create ? ROFS : NOENT);
      const found = created.get(name);
      if (found) {
        if (create && exclusive) refuse(EXIST);
        if (truncate) found.resize(0);
        return found.open(flags);
      }
      if (!create) refuse(NOENT);
      const made = new Output(files, name, { type: REGULAR_FILE, device: OUTPUTS, inode: ROOT + 1 + index });
      created.set(name, made);
      return made.open(flags);
    },
    stat: (name) => (created.get(name) ?? refuse(NOENT)).stat,
    noTimes: NOTSUP,
  });
}

interface FixedFiles {
  readonly open: (name: string, flags: OpenFlags) => Descriptor;
  readonly stat: (name: string) => Stat;
  /** How setting times ends. */
  readonly noTimes: number;
}

function fixedFolder(
  path: string,
  device: number,
  names: readonly string[],
  { open, stat, noTimes }: FixedFiles,
): Folder {
  const known = new Set(names);
  /** A slot's name may have slashes. Nothing lies below a file. */
  const named = ({ names: parts, folder }: Path): string => {
    const name = parts.join('/');
    const within = parts.some((_, index) => index > 0 && known.has(parts.slice(0, index).join('/')));
    if (known.has(name) ? folder : within) refuse(NOTDIR);
    return name;
  };
  const change = (raw: string): never => {
    const { names: parts } = readPath(raw);
    return refuse(parts.length === 0 || known.has(parts.join('/')) ? ROFS : NOENT);
  };
  const self: Stat = { type: DIRECTORY, size: 0, device, inode: ROOT };
  const statOf = (raw: string): Stat => {
    const name = named(readPath(raw));
    return name === '' ? self : stat(name);
  };
  return {
    ...NO_FILE,
    setTimes: () => refuse(noTimes),
    stat: self,
    path,
    *entriesFrom(cookie) {
      for (const [index, name] of names.entries())
        if (index >= cookie) yield { name, type: REGULAR_FILE, inode: ROOT + 1 + index, next: index + 1 };
    },
    open(raw, flags) {
      const name = named(readPath(raw));
      if (name === '') {
        if (flags.create && flags.exclusive) refuse(EXIST);
        return flags.create || flags.writes ? refuse(ISDIR) : this;
      }
      if (flags.directory) refuse(known.has(name) ? NOTDIR : NOENT);
      return open(name, flags);
    },
    statOf,
    setTimesOf: (raw) => refuse(statOf(raw) && noTimes),
    makeFolder: (raw) => refuse(known.has(readPath(raw).names.join('/')) ? EXIST : ROFS),
    removeFolder: change,
    removeFile: change,
    rename: change,
    link: (raw) => refuse(statOf(raw) && XDEV),
    makeLink: (_target, raw) => refuse(known.has(readPath(raw).names.join('/')) ? EXIST : ROFS),
    // There are none.
    readLink: (raw) => refuse(statOf(raw) && INVAL),
  };
}
