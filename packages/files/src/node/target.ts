/**
 * What stands at a path on the command line. Only a regular file may be replaced, everything else is written into, or refused; and
 * standard streams have paths, too.
 */

import { fstatSync, lstatSync, realpathSync, type Stats, statSync } from 'node:fs';
import { systemCode } from '@gaiwan/errors';
import { FilesError } from '../errors.ts';

/** Where to write, and how. */
export type Target =
  /** A regular file, or nothing yet: the finished file takes its place. `path` is no link. */
  | { readonly kind: 'file'; readonly path: string }
  /** A pipe or a character device: the finished bytes are written into it. */
  | { readonly kind: 'stream'; readonly path: string }
  | { readonly kind: 'standard-output' };

/** Undefined for what does not exist. Throws what the file system throws. */
function statOf(path: string, look: (path: string) => Stats): Stats | undefined {
  try {
    return look(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whether it is the very thing that a standard stream is: `/dev/stdout` under a redirection is a link to a regular file. */
function isStream(found: Stats, descriptor: 0 | 1): boolean {
  try {
    const own = fstatSync(descriptor);
    return own.dev === found.dev && own.ino === found.ino;
  } catch {
    return false; // It is closed.
  }
}

const refused = (path: string, why: string): FilesError =>
  new FilesError('io', `Cannot write ${path}: ${why}. Name a file, or - for standard output.`);

/**
 * What stands at a path (`-`: standard output). Links are followed, so that what they lead to is replaced and not they.
 *
 * @throws {FilesError} `io` for folders, block devices, sockets, and links that lead nowhere
 * @throws what the file system throws
 */
export function targetOf(path: string): Target {
  if (path === '-') return { kind: 'standard-output' };
  const itself = statOf(path, lstatSync);
  if (itself === undefined) return { kind: 'file', path };
  const found = itself.isSymbolicLink() ? statOf(path, statSync) : itself;
  if (found === undefined) throw refused(path, 'it is a link that leads nowhere');
  if (itself.isSymbolicLink() && isStream(found, 1)) return { kind: 'standard-output' };
  if (found.isFile()) return { kind: 'file', path: itself.isSymbolicLink() ? realpathSync(path) : path };
  if (found.isFIFO() || found.isCharacterDevice()) return { kind: 'stream', path };
  const what = found.isDirectory() ? 'a folder' : found.isBlockDevice() ? 'a block device' : 'a socket';
  throw refused(path, `it is ${what}`);
}

/** Whether what is written to a path goes to standard output: `-`, and `/dev/stdout` and its like. */
export function goesToStandardOutput(path: string): boolean {
  try {
    return targetOf(path).kind === 'standard-output';
  } catch {
    return false; // Writing tells why.
  }
}

/**
 * Whether a path is standard input: `-`, or a link to it (`/dev/stdin`) that cannot simply be opened again: what a program that
 * starts this one gives it is often a socket.
 */
export function isStandardInput(path: string): boolean {
  if (path === '-') return true;
  try {
    if (!lstatSync(path).isSymbolicLink()) return false;
    const found = statSync(path);
    return !found.isFile() && isStream(found, 0);
  } catch {
    return false; // Reading tells why.
  }
}
