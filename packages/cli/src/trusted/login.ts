/** Which platform a login is to, and whom it trusts: by a name, by options, or as the last one did. */
import { type Context, note } from '../context.ts';
import { usage } from '../errors.ts';
import { keepRemembered, namesTrust, readTrust, type StoredTrust, type TrustFlags } from '../trust.ts';
import { digestsOf, trustOfBody } from './reference.ts';
import { requireTrusted, saveTrusted, type Trusted } from './store.ts';

export interface Whom {
  readonly authentication: string;
  readonly frontend: string;
  readonly trust: StoredTrust;
  readonly instance?: string | undefined;
  /** The name by which it is trusted. */
  readonly trusted?: string | undefined;
}

interface LoginFlags extends TrustFlags {
  readonly trust?: string | undefined;
  readonly authentication?: string | undefined;
  readonly frontend?: string | undefined;
  readonly instance?: string | undefined;
}

/** Rejects with `CliError`: `usage`, `unknown-name`. */
export async function whomToTrust(
  context: Context,
  flags: LoginFlags,
  last: Whom | undefined,
): Promise<Whom> {
  if (flags.trust !== undefined) {
    if (namesTrust(flags)) throw usage('--trust says whom to trust already: leave the other options out.');
    return byName(context, flags.trust, flags);
  }
  const authentication = flags.authentication ?? last?.authentication ?? 'https://localhost:7776';
  const frontend = flags.frontend ?? last?.frontend ?? 'https://localhost:7777';
  const isSamePlace = last?.authentication === authentication && last.frontend === frontend;
  if (!isSamePlace)
    return { authentication, frontend, trust: await readTrust(flags), instance: flags.instance };
  if (!namesTrust(flags) && last.trusted !== undefined) return byName(context, last.trusted, flags, last);
  const where = { authentication, frontend, instance: flags.instance ?? last.instance };
  if (!namesTrust(flags)) return { ...where, trust: last.trust };
  const { trust, kept } = await keepRemembered(flags, await sessionTrust(context.env, last));
  if (kept.length > 0) note(context, `As remembered: ${kept.join(', ')}.`);
  return { ...where, trust };
}

async function byName(
  { env }: Context,
  name: string,
  flags: Pick<LoginFlags, 'authentication' | 'frontend' | 'instance'>,
  last?: Whom,
): Promise<Whom> {
  const found = requireTrusted(env, name);
  const { body } = found.bundle;
  return {
    authentication: flags.authentication ?? body.authentication,
    frontend: flags.frontend ?? body.frontend,
    trust: await trustOf(found),
    instance: flags.instance ?? body.instance ?? found.seen ?? last?.instance,
    trusted: name,
  };
}

const trustOf = async ({ bundle: { body }, local }: Trusted): Promise<StoredTrust> =>
  trustOfBody(body, await digestsOf(body), local);

/** Of a session by name what is trusted by that name now: who takes it away, ends it. Rejects with `CliError` (unknown-name). */
export const sessionTrust = async (
  env: Context['env'],
  { trust, trusted }: Pick<Whom, 'trust' | 'trusted'>,
): Promise<StoredTrust> => (trusted === undefined ? trust : trustOf(requireTrusted(env, trusted)));

/** The instance that was seen under a name whose bundle names none. */
export function keepSeen(env: Context['env'], name: string | undefined, instance: string): void {
  if (name === undefined) return;
  const found = requireTrusted(env, name);
  if (found.bundle.body.instance === undefined && found.seen !== instance)
    saveTrusted(env, { ...found, seen: instance });
}
