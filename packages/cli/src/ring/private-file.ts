/** Files that only their owner reads, and that are there whole or not at all. */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { systemCode } from '@gaiwan/errors';
import { CliError } from '../errors.ts';

/**
 * Makes its folder (0700) where that is absent. Throws `CliError` (io).
 *
 * @param mode others may read what is published
 * @param isNew refuse where the file is there already (`EEXIST` is its cause's code)
 */
export function writePrivate(
  path: string,
  text: string,
  { isNew = false, mode = 0o600 }: { readonly isNew?: boolean; readonly mode?: number } = {},
): void {
  const folder = dirname(path);
  const temporary = `${path}.${randomBytes(6).toString('hex')}.partial`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(temporary, text, { mode, flag: 'wx', flush: true });
    if (isNew) linkSync(temporary, path);
    else renameSync(temporary, path);
    flush(folder);
  } catch (cause) {
    throw new CliError('io', `Cannot write ${path} (${systemCode(cause)}).`, { cause });
  } finally {
    rmSync(temporary, { force: true });
  }
}

function flush(folder: string): void {
  const handle = openSync(folder, 'r');
  fsyncSync(handle);
  closeSync(handle);
}

/** Undefined where there is none; empty where it has more than `bytes`. Throws `CliError` (io). */
export function readPrivate(path: string, bytes: number): string | undefined {
  try {
    return statSync(path).size > bytes ? '' : readFileSync(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw new CliError('io', `Cannot read ${path} (${systemCode(error)}).`);
  }
}
