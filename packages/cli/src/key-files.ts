/** Where the keys of accounts are on this machine: beside the login, a file for each, and one more for each rotation. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { systemCode } from '@gaiwan/errors';
import { configFolder } from './config-folder.ts';
import type { Context } from './context.ts';
import { CliError } from './errors.ts';
import { type HeldKey, openKey } from './key-place.ts';

interface Whose {
  /** Of the authentication service. */
  readonly authentication: string;
  readonly user: string;
}

const folderOf = (env: Context['env']) => join(configFolder(env), 'keys');

/** Neither a host nor an id can name another folder. */
const stemOf = ({ authentication, user }: Whose): string =>
  [new URL(authentication).host, user].map(encodeURIComponent).join('-');

/** The key in a file beside the login that has this id: of this address, or of one where the platform was before. */
export async function findKeyFile(
  env: Context['env'],
  whose: Whose,
  id: string,
): Promise<HeldKey | undefined> {
  const { keyIdOf } = await import('@gaiwan/client');
  const folder = folderOf(env);
  const stem = stemOf(whose);
  const user = encodeURIComponent(whose.user);
  const isHere = (name: string) => name === `${stem}.pem` || name.startsWith(`${stem}.`);
  // What else it takes for a user of a longer name, its id tells apart.
  const isElsewhere = (name: string) => name.endsWith(`-${user}.pem`) || name.includes(`-${user}.`);
  const names = filesIn(folder).filter((name) => name.endsWith('.pem'));
  for (const name of [...names.filter(isHere), ...names.filter((one) => !isHere(one) && isElsewhere(one))]) {
    const key = await openKey(env, join(folder, name));
    if (keyIdOf(key.signer) === id) return key;
  }
  return undefined;
}

/** A fresh key in a file of its own. */
export async function makeKey(env: Context['env'], whose: Whose): Promise<HeldKey> {
  const { makeKeyFile } = await import('@gaiwan/client');
  const folder = folderOf(env);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new CliError('io', `Cannot make ${folder} (${systemCode(error)}).`);
  }
  const first = `${stemOf(whose)}.pem`;
  const name = filesIn(folder).includes(first)
    ? `${stemOf(whose)}.${randomBytes(4).toString('hex')}.pem`
    : first;
  const path = join(folder, name);
  await makeKeyFile(path);
  return openKey(env, path);
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw new CliError('io', `Cannot read ${folder} (${systemCode(error)}).`);
  }
}

/** What is shown beside a recovery code, once. */
export const recoveryText = (code: string): string =>
  [
    `Recovery code: ${code}`,
    'Write it down, and keep it where the key is not. It is shown this once, and is the only way to a new key when the',
    'key is lost: gaiwan keys recover. Whoever has it and the password can become you.',
  ].join('\n');
