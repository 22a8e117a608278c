/** What this user of this machine keeps about functions: no platform changes it. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { messageOf, systemCode } from '@gaiwan/errors';
import { configFolder } from '../config-folder.ts';
import type { Context } from '../context.ts';
import { CliError } from '../errors.ts';
import { loadSession } from '../session.ts';

type Environment = Context['env'];

export const ownFile = (env: Environment, name: string): string => join(configFolder(env), name);

/** Of one function, for this login: another user here decides for itself. */
export function functionFile(env: Environment, folder: string, functionId: string): string {
  const { instance = '', id = '' } = loadSession(env) ?? {};
  const name = createHash('sha256')
    .update(JSON.stringify([instance, id, functionId]))
    .digest('hex');
  return join(ownFile(env, folder), `${name}.json`);
}

/** Undefined where there is none. Throws `CliError` (io). */
export function readOwn(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw new CliError('io', `${path} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

/** Whole, or as it was. Throws `CliError` (io). */
export function writeOwn(path: string, content: string | Uint8Array): void {
  const temporary = `${path}.${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(temporary, content, { mode: 0o600 });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new CliError('io', `${path} cannot be written: ${messageOf(error)}`, { cause: error });
  }
}

/** Throws `CliError` (io). */
export function removeOwn(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    throw new CliError('io', `${path} cannot be removed: ${messageOf(error)}`, { cause: error });
  }
}
