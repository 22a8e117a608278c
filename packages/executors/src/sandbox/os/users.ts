/**
 * Numbers of users that no two sandboxes of the host have at once, whatever workers they belong to. A number is held by a
 * symbolic link with its name, which says whose it is: making one is atomic, and fails where there is one.
 */
import { lstatSync, mkdirSync, readlinkSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { SandboxError } from '../errors.ts';
import { errnoOf } from './errno.ts';
import { isRunning, ownMark } from './process-mark.ts';
import { usersOfProcesses } from './user-processes.ts';

/** From `first` to `last`, both included. */
export interface UserRange {
  readonly first: number;
  readonly last: number;
  /** Only root may change it; it is made where it is missing. */
  readonly folder: string;
}

/** Lends each number to one sandbox at a time. */
export class Users {
  readonly #range: UserRange;
  readonly #mark = ownMark();

  constructor(range: UserRange) {
    this.#range = range;
  }

  /** One that owns no process. Throws `SandboxError` ('layer') where there is none. */
  borrow(): number {
    const { first, last, folder } = this.#range;
    prepare(folder);
    const busy = usersOfProcesses();
    const count = last - first + 1;
    const start = Math.floor(Math.random() * count);
    for (let i = 0; i < count; i++) {
      const user = first + ((start + i) % count);
      // Services of the host draw from the same numbers, and hold no link.
      if (!busy.has(user) && this.#claim(join(folder, `${user}`))) return user;
    }
    throw new SandboxError('layer', `All users from ${first} to ${last}, meant for sandboxes, are in use.`);
  }

  return(user: number): void {
    const link = join(this.#range.folder, `${user}`);
    if (holder(link) === this.#mark) unlinkSync(link);
  }

  #claim(link: string): boolean {
    if (this.#make(link)) return true;
    const dead = holder(link);
    if (dead === undefined || isRunning(dead)) return false;
    // Of two that find it both, one may take it over; and it looks again, since another may have done so before.
    const taking = `${link}.taking`;
    if (!this.#make(taking)) return false;
    try {
      if (holder(link) !== dead) return false;
      unlinkSync(link);
      return this.#make(link);
    } finally {
      unlinkSync(taking);
    }
  }

  #make(link: string): boolean {
    try {
      symlinkSync(this.#mark, link);
      return true;
    } catch (error) {
      if (errnoOf(error) === 'EEXIST') return false;
      throw error;
    }
  }
}

function holder(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined; // It was given back.
  }
}

function prepare(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') {
      const message = `A worker that is root notes in ${folder} which users its sandboxes have, and cannot make it: let it write there.`;
      throw new SandboxError('layer', message, { cause: error });
    }
  }
  const found = lstatSync(folder);
  if (!found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o022) !== 0) {
    throw new SandboxError('layer', `${folder} must be a folder that only root may change: remove it.`);
  }
}
