/** Paths of WASI: relative to an open folder, which they do not leave. */
import { refuse } from './call.ts';
import { INVAL, NAMETOOLONG, NOENT, NOTCAPABLE } from './errno.ts';

const MAX_NAME = 255;

/** A path, taken apart. */
export interface Path {
  /** Without "." and "..". */
  readonly names: readonly string[];
  /** It ends like a folder's. */
  readonly folder: boolean;
}

/** A path as it is walked. */
export interface PathParts {
  /** With "." and "..". */
  readonly parts: readonly string[];
  /** It ends like a folder's. */
  readonly folder: boolean;
}

/** Throws `Errno` for one that is empty, begins at "/", or has a name that is too long. */
export function pathParts(path: string): PathParts {
  if (path === '') refuse(NOENT);
  if (path.includes('\0')) refuse(INVAL);
  if (path.startsWith('/')) refuse(NOTCAPABLE);
  const all = path.split('/');
  const parts = all.filter((part) => part !== '');
  if (parts.some((part) => Buffer.byteLength(part) > MAX_NAME)) refuse(NAMETOOLONG);
  return { parts, folder: ['', '.', '..'].includes(all.at(-1) ?? '') };
}

/** The same without walking: where there are no folders to walk through. Throws `Errno` also for one that leads out. */
export function readPath(path: string): Path {
  const { parts, folder } = pathParts(path);
  const names: string[] = [];
  for (const part of parts) {
    if (part === '.') continue;
    if (part !== '..') names.push(part);
    else if (names.pop() === undefined) refuse(NOTCAPABLE);
  }
  return { names, folder };
}
