/** The code that was last approved of each function from here: kept on this machine, where no platform changes it. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, systemCode } from '@gaiwan/errors';
import { functionDefinitionBytes, ManifestError, parseFunctionDefinition } from '@gaiwan/protocol';
import { configFolder } from '../config-folder.ts';
import type { Context } from '../context.ts';
import { CliError } from '../errors.ts';
import { loadSession } from '../session.ts';
import { type ShownCode, sha256 } from './files.ts';

export interface ApprovedCode extends ShownCode {
  readonly version: string;
  readonly task: string;
  readonly at: Date;
}

type Environment = Context['env'];

const folderOf = (env: Environment) => join(configFolder(env), 'approved-code');

/** Of this login: another user here has approved for itself. */
function pathOf(env: Environment, functionId: string): string {
  const { instance = '', id = '' } = loadSession(env) ?? {};
  const name = createHash('sha256')
    .update(JSON.stringify([instance, id, functionId]))
    .digest('hex');
  return join(folderOf(env), `${name}.json`);
}

/** Throws `CliError` (io). */
export function keepApproved(env: Environment, functionId: string, { task, code, at }: Kept): void {
  const path = pathOf(env, functionId);
  const temporary = `${path}.${process.pid}`;
  const record = {
    task,
    at: at.toISOString(),
    definition: Buffer.from(functionDefinitionBytes(code.definition)).toString(),
    payload: Buffer.from(code.payload).toString('base64'),
  };
  try {
    mkdirSync(folderOf(env), { recursive: true, mode: 0o700 });
    writeFileSync(temporary, JSON.stringify(record), { mode: 0o600 });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new CliError('io', `${path} cannot be written: ${messageOf(error)}`, { cause: error });
  }
}

interface Kept {
  readonly task: string;
  readonly code: ShownCode;
  readonly at: Date;
}

/** Undefined where nothing was approved from here. Throws `CliError` (io) for a file that is damaged. */
export function lastApproved(env: Environment, functionId: string): ApprovedCode | undefined {
  const path = pathOf(env, functionId);
  const damaged = (cause?: unknown) =>
    new CliError(
      'io',
      `${path} is no code that was approved from here: remove it, and review all of the code.`,
      {
        cause,
      },
    );
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw damaged(error);
  }
  const { task, at, definition, payload } = (value ?? {}) as Partial<Record<string, unknown>>;
  if (![task, at, definition, payload].every((member) => typeof member === 'string')) throw damaged();
  try {
    const parsed = parseFunctionDefinition(Buffer.from(String(definition)));
    const bytes = Buffer.from(String(payload), 'base64');
    if (sha256(bytes) !== parsed.payload) throw damaged();
    const version = sha256(Buffer.from(String(definition)));
    return { version, definition: parsed, payload: bytes, task: String(task), at: new Date(String(at)) };
  } catch (error) {
    if (error instanceof ManifestError) throw damaged(error);
    throw error;
  }
}

const settingOf = (env: Environment) => join(configFolder(env), 'refuse-hidden-code');

/** Does this user of this machine refuse every task whose code is hidden? */
export function refusesHidden(env: Environment): boolean {
  try {
    readFileSync(settingOf(env));
    return true;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw new CliError('io', `${settingOf(env)} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

/** Throws `CliError` (io). */
export function setRefusesHidden(env: Environment, refuses: boolean): void {
  try {
    mkdirSync(configFolder(env), { recursive: true, mode: 0o700 });
    if (refuses) writeFileSync(settingOf(env), '', { mode: 0o600 });
    else rmSync(settingOf(env), { force: true });
  } catch (error) {
    throw new CliError('io', `${settingOf(env)} cannot be written: ${messageOf(error)}`, { cause: error });
  }
}
