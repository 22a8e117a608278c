/** The two folders of a WASI program: /inputs and /outputs, with the task's files by their names. */
import type { Job } from '@gaiwan/protocol/executor';
import type { Files } from '../../files.ts';
import { refuse } from './call.ts';
import { type Descriptor, DIRECTORY, directory, input, output, REGULAR_FILE } from './descriptors.ts';
import { Errno, INVAL, ISDIR, NOENT, ROFS } from './errno.ts';

/** A folder whose entries are files of the task. */
export interface Folder extends Descriptor {
  readonly path: string;
  readonly entries: readonly string[];
  open(name: string, flags: OpenFlags): Descriptor;
  /** Type and size. */
  stat(name: string): { readonly type: number; readonly size: number };
}

/** Flags of `path_open`. */
export interface OpenFlags {
  readonly create: boolean;
  readonly directory: boolean;
  readonly exclusive: boolean;
  readonly truncate: boolean;
}

/** /inputs: to read only. */
export function inputsFolder(job: Job, files: Files): Folder {
  const sizes = new Map(job.inputs.map(({ name, size }) => [name, size]));
  const size = (name: string): number => sizes.get(name) ?? refuse(NOENT);
  return folder('/inputs', [...sizes.keys()], {
    open(name, { create, exclusive, truncate }) {
      if (!sizes.has(name)) throw new Errno(create ? ROFS : NOENT);
      if (truncate || (create && exclusive)) throw new Errno(ROFS);
      return input(files, name);
    },
    stat: (name) => ({ type: REGULAR_FILE, size: size(name) }),
  });
}

/** /outputs: to write; a file is there once it was created. */
export function outputsFolder(job: Job, files: Files): Folder {
  const created = new Map<string, Descriptor>();
  return folder('/outputs', job.outputs, {
    open(name, { create }) {
      if (!job.outputs.includes(name)) throw new Errno(create ? ROFS : NOENT);
      if (!create) throw new Errno(NOENT);
      const made = output(files, name);
      created.set(name, made);
      return made;
    },
    stat: (name) => ({ type: REGULAR_FILE, size: (created.get(name) ?? refuse(NOENT)).size }),
  });
}

function folder(
  path: string,
  entries: readonly string[],
  { open, stat }: Pick<Folder, 'open' | 'stat'>,
): Folder {
  return {
    ...directory(),
    path,
    entries,
    open(raw, flags) {
      const name = plain(raw);
      if (name === '.') return flags.create ? refuse(ISDIR) : this;
      return flags.directory ? refuse(NOENT) : open(name, flags);
    },
    stat(raw) {
      const name = plain(raw);
      return name === '.' ? { type: DIRECTORY, size: 0 } : stat(name);
    },
  };
}

function plain(path: string): string {
  const name = path.replace(/^(\.\/+)+/, '').replace(/\/+$/, '');
  if (path === '') throw new Errno(INVAL);
  return name === '' ? '.' : name;
}
