/** The code that was last approved of each function from here: kept on this machine, where no platform changes it. */
import { functionDefinitionBytes, ManifestError, parseFunctionDefinition } from '@gaiwan/protocol';
import type { Context } from '../context.ts';
import { CliError } from '../errors.ts';
import { type ShownCode, sha256 } from './files.ts';
import { functionFile, ownFile, readOwn, removeOwn, writeOwn } from './own-files.ts';

export interface ApprovedCode extends ShownCode {
  readonly version: string;
  readonly task: string;
  readonly at: Date;
}

type Environment = Context['env'];

const pathOf = (env: Environment, functionId: string) => functionFile(env, 'approved-code', functionId);

/** Throws `CliError` (io). */
export function keepApproved(env: Environment, functionId: string, { task, code, at }: Kept): void {
  const record = {
    task,
    at: at.toISOString(),
    definition: Buffer.from(functionDefinitionBytes(code.definition)).toString(),
    payload: Buffer.from(code.payload).toString('base64'),
  };
  writeOwn(pathOf(env, functionId), JSON.stringify(record));
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
  const bytes = readOwn(path);
  if (bytes === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString());
  } catch (error) {
    throw damaged(error);
  }
  const { task, at, definition, payload } = (value ?? {}) as Partial<Record<string, unknown>>;
  if (![task, at, definition, payload].every((member) => typeof member === 'string')) throw damaged();
  try {
    const parsed = parseFunctionDefinition(Buffer.from(String(definition)));
    const code = Buffer.from(String(payload), 'base64');
    if (sha256(code) !== parsed.payload) throw damaged();
    const version = sha256(Buffer.from(String(definition)));
    return { version, definition: parsed, payload: code, task: String(task), at: new Date(String(at)) };
  } catch (error) {
    if (error instanceof ManifestError) throw damaged(error);
    throw error;
  }
}

const settingOf = (env: Environment) => ownFile(env, 'refuse-hidden-code');

/** Does this user of this machine refuse every task whose code is hidden? Throws `CliError` (io). */
export const refusesHidden = (env: Environment): boolean => readOwn(settingOf(env)) !== undefined;

/** Throws `CliError` (io). */
export function setRefusesHidden(env: Environment, refuses: boolean): void {
  if (refuses) writeOwn(settingOf(env), '');
  else removeOwn(settingOf(env));
}
