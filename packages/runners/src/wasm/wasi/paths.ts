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

/** Throws `Errno` for one that is empty, leads out, or has a name that is too long. */
export function readPath(path: string): Path {
  if (path === '') refuse(NOENT);
  if (path.includes('\0')) refuse(INVAL);
  if (path.startsWith('/')) refuse(NOTCAPABLE);
  const names: string[] = [];
  const parts = path.split('/');
  for (const part of parts) {
    if (part === '' || part === '.') continue;
    if (Buffer.byteLength(part) > MAX_NAME) refuse(NAMETOOLONG);
    if (part !== '..') names.push(part);
    else if (names.pop() === undefined) refuse(NOTCAPABLE);
  }
  const last = parts.at(-1);
  return { names, folder: last === '' || last === '.' || last === '..' };
}
