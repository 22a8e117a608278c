/** Where the keys of accounts are on this machine: beside the login, a file for each, and one more for each rotation. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Signer } from '@gaiwan/client';
import { systemCode } from '@gaiwan/errors';
import type { Context } from './context.ts';
import { CliError } from './errors.ts';
import { configFolder } from './session.ts';

export interface KeyFile {
  readonly path: string;
  readonly signer: Signer;
}

interface Whose {
  /** Of the authentication service. */
  readonly authentication: string;
  readonly user: string;
}

const folderOf = (env: Context['env']) => join(configFolder(env), 'keys');

/** Neither a host nor an id can name another folder. */
const stemOf = ({ authentication, user }: Whose): string =>
  [new URL(authentication).host, user].map(encodeURIComponent).join('-');

/** The key on this machine that has this id. */
export async function findKey(env: Context['env'], whose: Whose, id: string): Promise<KeyFile | undefined> {
  const { fileSigner, keyIdOf } = await import('@gaiwan/client');
  const folder = folderOf(env);
  const stem = stemOf(whose);
  for (const name of filesIn(folder)) {
    if (name !== `${stem}.pem` && !(name.startsWith(`${stem}.`) && name.endsWith('.pem'))) continue;
    const path = join(folder, name);
    const signer = await fileSigner(path);
    if (keyIdOf(signer) === id) return { path, signer };
  }
  return undefined;
}

/** A fresh key in a file of its own. */
export async function makeKey(env: Context['env'], whose: Whose): Promise<KeyFile> {
  const { fileSigner, makeKeyFile } = await import('@gaiwan/client');
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
  return { path, signer: await fileSigner(path) };
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
