/**
 * What a sandbox is to see must be there for the unprivileged user that it runs as. Installations in somebody's home are
 * not: those get a second name in a folder that everybody may enter and nobody but this process's user may change. Only what
 * the folders above hide is shown so: what is itself closed to others stays closed.
 */
import { randomBytes } from 'node:crypto';
import { constants, realpathSync, statSync } from 'node:fs';
import {
  chmod,
  copyFile,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readlink,
  rm,
  stat,
  symlink,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { limits } from '../../limits.ts';
import { SandboxError } from '../errors.ts';
import { ownMark } from './process-mark.ts';
import { PREFIX } from './stale-visible.ts';

/** What sandboxes see of the host. */
export interface Visible {
  /** Where the contents of a path of the host are to be taken from. */
  readonly source: (path: string) => string;
  readonly remove: () => Promise<void>;
}

/** Bytes that are copied at most, where a second name cannot be given. */
const MOST_COPIED = limits.copiedInstallation.value;

/** Throws `SandboxError` ('runner'). `otherUser`: sandboxes run as another user. */
export async function makeVisible(paths: readonly string[], otherUser: boolean): Promise<Visible> {
  const hidden = otherUser ? [...new Set(paths.map((path) => realpathSync(path)))].filter(isHidden) : [];
  if (hidden.length === 0) return { source: (path) => realpathSync(path), remove: async () => undefined };
  const folder = await mkdtemp(join(tmpdir(), `${PREFIX}${ownMark()}-`));
  const sources = new Map<string, string>();
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await chmod(folder, 0o711);
    const budget = { bytes: MOST_COPIED };
    for (const path of hidden) {
      // Others may enter the folder and not list it: a name that they do not know is as good as none.
      const at = join(folder, randomBytes(16).toString('hex'));
      await mkdir(at, { mode: 0o755 });
      const copy = join(at, basename(path));
      await show(path, copy, budget);
      sources.set(path, copy);
    }
  } catch (error) {
    await remove();
    throw error;
  }
  return { source: (path) => sources.get(realpathSync(path)) ?? realpathSync(path), remove };
}

const EVERYBODY = { enter: 0o001, read: 0o004 };
/** Writable for others than the owner, or run with its owner's or group's rights: harmless only where nobody comes by. */
const UNSAFE = 0o6022;

/** Whether others may not enter a folder above, or not read it. */
function isHidden(path: string): boolean {
  const itself = statSync(path);
  const wanted = itself.isDirectory() ? EVERYBODY.read | EVERYBODY.enter : EVERYBODY.read;
  if ((itself.mode & wanted) !== wanted) return true;
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if ((statSync(folder).mode & EVERYBODY.enter) === 0) return true;
    if (folder === dirname(folder)) return false;
  }
}

async function show(from: string, to: string, budget: { bytes: number }): Promise<void> {
  const { mode, size, ...is } = await inspectEntry(from);
  if (is.link !== undefined) return symlink(is.link, to);
  const wanted = is.folder ? EVERYBODY.read | EVERYBODY.enter : EVERYBODY.read;
  if ((is.folder || is.file) && (mode & wanted) !== wanted) {
    throw new SandboxError(
      'runner',
      `A sandbox is to see ${from}, which is closed to others, so it is not shown to a sandbox's user either: chmod -R o+rX it if it holds no secret, or do not name it.`,
    );
  }
  if (is.folder) {
    await mkdir(to, { mode: 0o755 });
    for (const name of await readdir(from)) await show(join(from, name), join(to, name), budget);
    return;
  }
  if (!is.file) return;
  if ((mode & UNSAFE) === 0 && (await tryLink(from, to))) return;
  budget.bytes -= size;
  if (budget.bytes < 0) {
    throw new SandboxError(
      'runner',
      `${from} lies where only its owner may read, and there is too much to copy: install it where everybody may.`,
    );
  }
  await copyFile(from, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
  await chmod(to, (mode & 0o111) !== 0 ? 0o555 : 0o444);
}

async function inspectEntry(path: string) {
  const target = await readlink(path).catch(() => undefined);
  if (target !== undefined) return { mode: 0, size: 0, link: target, folder: false, file: false };
  const found = await stat(path);
  const { mode, size } = found;
  return { mode, size, link: undefined, folder: found.isDirectory(), file: found.isFile() };
}

async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch {
    return false; // Another file system, or one without.
  }
}
