/** At a login: which key the account acts with from here. */
import type { Gaiwan, Identity, RegisteredKey } from '@gaiwan/client';
import { type Context, note } from './context.ts';
import { findKeyFile, makeKey, recoveryText } from './key-files.ts';
import { findInAgent, isWholeAgent, openKey, placeInAgent } from './key-place.ts';

interface Login {
  readonly authentication: string;
  readonly user: string;
  /** Where the key is that the user named. */
  readonly place?: string | undefined;
}

/**
 * An account without a key gets one. The key of another account is refused. Whose key is not on this machine can look, and recover;
 * `key`, its place, is undefined then.
 */
export async function takeUpKey(
  context: Context,
  client: Gaiwan,
  login: Login,
): Promise<{ readonly key: string | undefined; readonly identity: Identity }> {
  const { subject, instance, key: registered } = await client.keys.account();
  const identity = { subject, instance };
  if (login.place !== undefined) {
    // Of an agent with several keys, it is the account's.
    const named = registered && isWholeAgent(login.place);
    const place = named ? await placeInAgent(registered.publicKey) : login.place;
    const given = await openKey(context.env, place);
    const code = await client.keys.ensure(given.signer);
    if (code) note(context, recoveryText(code.reveal()));
    return { key: given.place, identity };
  }
  if (registered) return { key: await findKey(context, login, registered), identity };
  const made = await makeKey(context.env, login);
  const code = await client.keys.register(made.signer);
  note(
    context,
    `Your key is in ${made.place}: from now on your account acts with it, and with nothing else.`,
  );
  note(context, recoveryText(code.reveal()));
  return { key: made.place, identity };
}

/** Where the account's key is: beside the login, or in the agent. Says what that means where it is in neither. */
async function findKey(context: Context, login: Login, key: RegisteredKey): Promise<string | undefined> {
  const found = await findKeyFile(context.env, login, key.id);
  if (found) return found.place;
  const inAgent = await findInAgent(context.env, key.publicKey);
  if (inAgent.place !== undefined) return inAgent.place;
  note(
    context,
    [
      `${login.user} acts with the key ${key.id.slice(0, 16)}…, which is not on this machine: here you can list and watch,`,
      'and nothing else. Log in with --key FILE or --key agent; if the key is lost: gaiwan keys recover.',
      ...(inAgent.trouble === undefined ? [] : [inAgent.trouble]),
    ].join('\n'),
  );
  return undefined;
}
