/** keys: the account's own key. */

import type { Account, Gaiwan } from '@gaiwan/client';
import { visible } from '@gaiwan/errors';
import { buildCommand, buildRouteMap } from '@stricli/core';
import { type Context, note, print } from '../context.ts';
import { CliError, usage } from '../errors.ts';
import { examples, type Json, jsonFlag, switchFlag, textFlag } from '../flags.ts';
import { makeKey, recoveryText } from '../key-files.ts';
import { describePlace, type HeldKey, isInAgent, openKey } from '../key-place.ts';
import { asUser, loadSession, saveSession } from '../session.ts';
import { readSecret } from '../terminal/secrets.ts';

const show = buildCommand<Json, [], Context>({
  docs: {
    brief: 'Show what your account rests on',
    fullDescription: examples('gaiwan keys show'),
  },
  parameters: { flags: { json: jsonFlag } },
  async func({ json }) {
    // Also where the key is lost, or its agent is not there.
    const account = await asUser(this, ({ keys }) => keys.account(), { signs: false });
    const place = describePlace(loadSession(this.env)?.key);
    print(this, json === true, { ...account, ...place.json }, () => accountText(account, place.text));
  },
});

function accountText({ subject, instance, key, formerKeys, requireKeys }: Account, place: string): string {
  return [
    `subject      ${subject}`,
    `instance     ${instance}`,
    `authority    ${key ? `key ${key.id}` : 'password'}`,
    ...(key ? [`  since      ${key.since.toISOString()}`, `  in         ${place}`] : []),
    ...formerKeys.map(({ id, since }) => `former key   ${id}, since ${since.toISOString()}`),
    `takes part   ${requireKeys ? 'only with participants that have keys' : 'with everybody'}`,
  ]
    .map(visible)
    .join('\n');
}

interface NewKeyFlags extends Json {
  readonly key?: string | undefined;
}
const newKeyFlag = textFlag(
  'Where the new key is: a file, or agent:KEY for one in an agent (default: one is made beside the login)',
  'FILE|agent:KEY',
);

const rotate = buildCommand<NewKeyFlags, [], Context>({
  docs: {
    brief: 'Put another key in the place of your key',
    fullDescription: `The present key signs it. Your approvals of tasks that are not yet invoked are void: approve them again. The old key is left
where it is; remove it when you no longer need it. A key in an agent is named by its fingerprint or its comment, and is in the same agent as
the present one, if that is in one, too.

${examples('gaiwan keys rotate', 'gaiwan keys rotate --key new.pem', 'gaiwan keys rotate --key agent:SHA256:47DEQpj8...')}`,
  },
  parameters: { flags: { key: newKeyFlag, json: jsonFlag } },
  async func(flags) {
    const id = await asUser(this, async (client) => {
      if (flags.key === undefined) refuseToLeaveAgent(this);
      const next = await newKey(this, flags.key);
      await client.keys.rotate(next.signer);
      return remember(this, next);
    });
    print(this, flags.json === true, { key: id }, () => `Your key is now ${id}.`);
  },
});

const recover = buildCommand<NewKeyFlags & { readonly codeFile?: string | undefined }, [], Context>({
  docs: {
    brief: 'Put another key in the place of a lost one',
    fullDescription: `Needs the recovery code that was shown when the key was registered: from --code-file, GAIWAN_RECOVERY_CODE,
GAIWAN_RECOVERY_CODE_FILE, or a prompt. Each code is used once; the next one is shown.

${examples('gaiwan keys recover', 'gaiwan keys recover --code-file recovery.txt')}`,
  },
  parameters: {
    flags: { key: newKeyFlag, codeFile: textFlag('File with the recovery code', 'FILE'), json: jsonFlag },
  },
  async func(flags) {
    const code = await readSecret(this.env, {
      file: flags.codeFile,
      variable: 'GAIWAN_RECOVERY_CODE',
      prompt: 'Recovery code: ',
      option: 'code-file',
    });
    const recovered = async (client: Gaiwan) => {
      const next = await newKey(this, flags.key);
      const fresh = await client.keys.recover(next.signer, code);
      note(this, recoveryText(fresh.reveal()));
      return remember(this, next);
    };
    const id = await asUser(this, recovered, { signs: false });
    print(this, flags.json === true, { key: id }, () => `Your key is now ${id}.`);
  },
});

const requireOthers = buildCommand<Json & { readonly off?: boolean | undefined }, [], Context>({
  docs: {
    brief: 'Take part only with participants that have keys',
    fullDescription: `Holds for every task: neither approvals nor invocations pass while a participant rests on a password. For one task:
gaiwan tasks approve --require-keys.

${examples('gaiwan keys require', 'gaiwan keys require --off')}`,
  },
  parameters: { flags: { off: switchFlag('Take part with everybody again'), json: jsonFlag } },
  async func({ off, json }) {
    const requireKeys = off !== true;
    await asUser(this, ({ keys }) => keys.setPreferences({ requireKeys }));
    print(this, json === true, { requireKeys }, () =>
      requireKeys ? 'You take part only with participants that have keys.' : 'You take part with everybody.',
    );
  },
});

export const keys = buildRouteMap({
  routes: { show, rotate, recover, require: requireOthers },
  docs: { brief: 'The key that your account acts with' },
});

async function newKey(context: Context, place: string | undefined): Promise<HeldKey> {
  if (place !== undefined) return openKey(context.env, place);
  const session = loadSession(context.env);
  if (session?.id === undefined)
    throw new CliError('not-logged-in', 'Nobody is logged in: run gaiwan login first.');
  return makeKey(context.env, { authentication: session.authentication, user: session.id });
}

/** Who has chosen an agent, or a card behind it, does not find the next key in a file without having said so. */
function refuseToLeaveAgent({ env }: Context): void {
  const place = loadSession(env)?.key;
  if (place !== undefined && isInAgent(place))
    throw usage(
      'Your key is in an agent, where gaiwan makes none. Make one, add it, and name it: ssh-keygen -t ed25519 -f new, ssh-add new, gaiwan keys rotate --key agent:SHA256:... For a key in a file: --key FILE.',
    );
}

/** Later commands sign with it. Returns its id. */
async function remember(context: Context, { place, signer }: HeldKey): Promise<string> {
  const { keyIdOf } = await import('@gaiwan/client');
  const session = loadSession(context.env);
  if (session) saveSession(context.env, { ...session, key: place });
  return keyIdOf(signer);
}
