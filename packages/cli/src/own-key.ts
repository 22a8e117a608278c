/** At a login: which key the account acts with from here. */
import { resolve } from 'node:path';
import type { Gaiwan, Identity } from '@gaiwan/client';
import { type Context, note } from './context.ts';
import { findKey, makeKey, recoveryText } from './key-files.ts';

interface Login {
  readonly authentication: string;
  readonly user: string;
  /** The key that the user named. */
  readonly file?: string | undefined;
}

/**
 * An account without a key gets one. The key of another account is refused. Whose key is not on this machine can look, and recover;
 * `key` is undefined then.
 */
export async function takeUpKey(
  context: Context,
  client: Gaiwan,
  login: Login,
): Promise<{ readonly key: string | undefined; readonly identity: Identity }> {
  const { subject, instance, key: registered } = await client.keys.account();
  const identity = { subject, instance };
  if (login.file !== undefined) {
    const { fileSigner } = await import('@gaiwan/client');
    const code = await client.keys.ensure(await fileSigner(login.file));
    if (code) note(context, recoveryText(code.reveal()));
    return { key: resolve(login.file), identity };
  }
  if (registered) {
    const found = await findKey(context.env, login, registered.id);
    if (!found)
      note(
        context,
        [
          `${login.user} acts with the key ${registered.id.slice(0, 16)}…, which is not on this machine: here you can list and watch,`,
          'and nothing else. Log in with --key FILE; if the key is lost: gaiwan keys recover.',
        ].join('\n'),
      );
    return { key: found?.path, identity };
  }
  const made = await makeKey(context.env, login);
  const code = await client.keys.register(made.signer);
  note(context, `Your key is in ${made.path}: from now on your account acts with it, and with nothing else.`);
  note(context, recoveryText(code.reveal()));
  return { key: resolve(made.path), identity };
}
