/** By which roots this user verifies builds, and which build a function's code must come from: kept on this machine. */
import type { BuildRule, TrustedRoots } from '@gaiwan/provenance';
import type { Context } from '../context.ts';
import { CliError } from '../errors.ts';
import { functionFile, ownFile, readOwn, removeOwn, writeOwn } from './own-files.ts';

type Environment = Context['env'];

const rootsFile = (env: Environment) => ownFile(env, 'sigstore-root.json');

/** Undefined where none are kept. Rejects with `CliError` (io), `ProvenanceError`. */
export async function keptRoots(env: Environment): Promise<TrustedRoots | undefined> {
  const bytes = readOwn(rootsFile(env));
  if (bytes === undefined) return undefined;
  const { readTrustedRoots } = await import('@gaiwan/provenance');
  return readTrustedRoots(bytes);
}

/** Undefined: forgets them. Rejects with `CliError` (io), and `ProvenanceError` for what are none. */
export async function keepRoots(env: Environment, bytes: Uint8Array | undefined): Promise<void> {
  if (bytes === undefined) return removeOwn(rootsFile(env));
  const { readTrustedRoots } = await import('@gaiwan/provenance');
  readTrustedRoots(bytes);
  writeOwn(rootsFile(env), bytes);
}

const ruleFile = (env: Environment, functionId: string) => functionFile(env, 'required-builds', functionId);

/** Undefined where there is none. Throws `CliError` (io), also for a file that is damaged: it never means "no rule". */
export function requiredBuild(env: Environment, functionId: string): BuildRule | undefined {
  const path = ruleFile(env, functionId);
  const bytes = readOwn(path);
  if (bytes === undefined) return undefined;
  const rule = ruleIn(bytes);
  if (rule) return rule;
  throw new CliError('io', `${path} is no rule about builds: say it again (gaiwan functions require-build).`);
}

function ruleIn(bytes: Uint8Array): BuildRule | undefined {
  try {
    const { repository, workflow, ref } = JSON.parse(Buffer.from(bytes).toString()) as Partial<
      Record<string, unknown>
    >;
    if (typeof repository !== 'string' || typeof workflow !== 'string') return undefined;
    if (ref === undefined) return { repository, workflow };
    return typeof ref === 'string' ? { repository, workflow, ref } : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined: any build, or none. Throws `CliError` (io). */
export function requireBuildOf(env: Environment, functionId: string, rule: BuildRule | undefined): void {
  if (rule) writeOwn(ruleFile(env, functionId), JSON.stringify(rule));
  else removeOwn(ruleFile(env, functionId));
}
