/** Who is logged in where: a private file in $GAIWAN_HOME or ~/.config/gaiwan. */
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Gaiwan, Identity, StateMemory } from '@gaiwan/client';
import { systemCode } from '@gaiwan/errors';
import { configFolder } from './config-folder.ts';
import type { Context } from './context.ts';
import { CliError } from './errors.ts';
import { exitCodeFor, exitCodes } from './exit-codes.ts';
import { openKey } from './key-place.ts';
import { type StoredTrust, trustFrom } from './trust.ts';
import { sessionTrust } from './trusted/login.ts';

export interface Session {
  readonly authentication: string;
  readonly frontend: string;
  /** Empty where it is by a name. */
  readonly trust: StoredTrust;
  /** The name by which the platform is trusted: whatever is trusted by it now. */
  readonly trusted?: string | undefined;
  /** The platform's instance: the first that was seen, or the one that was named. */
  readonly instance?: string | undefined;
  readonly id?: string | undefined;
  readonly token?: string | undefined;
  /** Where the user's key is: a path, or `agent:SHA256:...`. Absent where it is not on this machine. */
  readonly key?: string | undefined;
  /** What the platform said that the user is. */
  readonly identity?: Identity | undefined;
}

type Environment = Context['env'];

const sessionPath = (env: Environment) => join(configFolder(env), 'session.json');

export function loadSession(env: Environment): Session | undefined {
  const path = sessionPath(env);
  try {
    // Written by `saveSession`; what tells a session from another file is looked at below.
    const session = JSON.parse(readFileSync(path, 'utf8')) as Session;
    const { authentication, frontend, trust } = session;
    const whole = typeof authentication === 'string' && typeof frontend === 'string';
    if (whole && typeof trust === 'object' && trust !== null) return session;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
  }
  throw new CliError('io', `${path} cannot be read as a session: remove it and log in again.`);
}

export function saveSession(env: Environment, session: Session): void {
  const folder = configFolder(env);
  const path = sessionPath(env);
  const temporary = `${path}.${process.pid}`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(temporary, `${JSON.stringify(session, null, 2)}\n`, { mode: 0o600 });
    chmodSync(temporary, 0o600);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new CliError('io', `Cannot write ${path} (${systemCode(error)}).`);
  }
}

/** What was seen of each platform, by whoever logs in from here. */
export async function seenStates(env: Environment): Promise<StateMemory> {
  const { stateFolder } = await import('@gaiwan/client');
  return stateFolder(join(configFolder(env), 'states'));
}

/**
 * Runs an action as the logged-in user. Whatever it did, the state that the platform then has is remembered.
 *
 * @param signs false: the action needs no key, and is possible without it
 */
export async function asUser<T>(
  context: Context,
  action: (client: Gaiwan, id: string) => Promise<T>,
  { signs = true }: { readonly signs?: boolean } = {},
): Promise<T> {
  const session = loadSession(context.env);
  if (session?.id === undefined || session.token === undefined) {
    throw new CliError('not-logged-in', 'Nobody is logged in: run gaiwan login first.');
  }
  const { id, token, trust: _stored, trusted: _name, key, identity, ...platform } = session;
  const { connect } = await import('@gaiwan/client');
  const states = await seenStates(context.env);
  const trust = await trustFrom(await sessionTrust(context.env, session));
  const client = await connect({ ...platform, trust, states });
  try {
    const signer = key === undefined || !signs ? undefined : (await openKey(context.env, key)).signer;
    client.useToken(id, token, { signer, identity });
    const result = await action(client, id).catch(async (error: unknown) => {
      // It may have done something before it failed. Where nobody was reached, nobody is asked.
      if (exitCodeFor(error) !== exitCodes.connection.value) await client.state().catch(() => undefined);
      throw error;
    });
    await client.state();
    return result;
  } finally {
    client.close();
  }
}
