/** Which code a person means: of a task, of a registered function, or of a project's folder. */
import type { FunctionCode, Gaiwan } from '@gaiwan/client';
import { systemCode } from '@gaiwan/errors';
import { definitionFor, versionHash } from '../code/version.ts';
import { definitionOf } from './function-flags.ts';

export interface NamedCode {
  readonly code: FunctionCode;
  readonly functionId: string | undefined;
  /** Said where the code is not held to a manifest. */
  readonly note?: string;
}

export const isRemote = (name: string): boolean => /^(?:task|function)-/.test(name);

/** Rejects with `CliError`, `GaiwanError`. */
export async function codeOnPlatform({ tasks, functions }: Gaiwan, name: string): Promise<NamedCode> {
  if (name.startsWith('function-')) return { code: await functions.code(name), functionId: name };
  const approvable = await tasks.manifest(name).catch((error: unknown) => {
    if (systemCode(error) === 'nothing-to-approve') return undefined;
    throw error;
  });
  const code = await tasks.code(name, approvable);
  if (approvable) return { code, functionId: approvable.manifest.function.id };
  const { functionId } = await tasks.get(name);
  return { code, functionId, note: 'The task has no manifest yet: look again when you approve it.' };
}

/** As a registration of the folder would have it. Rejects with `CliError`. */
export async function codeInFolder(path: string): Promise<NamedCode> {
  const given = await definitionOf({ project: path });
  const definition = definitionFor(given);
  const payload = given.payload ?? new Uint8Array();
  const code = { version: versionHash(definition), definition, access: 'shown', payload } as const;
  return { code, functionId: undefined };
}
