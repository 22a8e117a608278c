/** users: accounts and passwords. */
import { randomBytes } from 'node:crypto';
import { buildCommand, buildRouteMap } from '@stricli/core';
import { type Context, collect, note, print, table } from '../context.ts';
import { examples, type Json, jsonFlag, positional, textFlag } from '../flags.ts';
import { asUser, loadSession, saveSession } from '../session.ts';
import { givenSecret, readSecret } from '../terminal/secrets.ts';

const roles = ['PlatformAdmin', 'FunctionOwner', 'DataOwnerManager', 'DataOwner'] as const;

interface UserFlags extends Json {
  readonly role: (typeof roles)[number];
  readonly group?: string | undefined;
  readonly passwordFile?: string | undefined;
}

const passwordFlag = textFlag('File with the new password (else GAIWAN_NEW_PASSWORD)', 'FILE');
const userFlags = {
  role: { kind: 'enum', values: roles, brief: 'Role' },
  group: textFlag('Group of a DataOwner or DataOwnerManager (default: the id)', 'NAME'),
  passwordFile: passwordFlag,
  json: jsonFlag,
} as const;

const newPassword = (file: string | undefined) => ({ file, variable: 'GAIWAN_NEW_PASSWORD' });
const groupOf = ({ role, group }: UserFlags, id: string) => group ?? (role.startsWith('DataOwner') ? id : '');

const add = buildCommand<UserFlags, [string], Context>({
  docs: {
    brief: 'Make an account',
    fullDescription: `Without a password from --password-file or GAIWAN_NEW_PASSWORD, one is made and printed once.

${examples('gaiwan users add alice --role DataOwner', 'gaiwan users add vendor --role FunctionOwner --password-file vendor.password')}`,
  },
  parameters: { flags: userFlags, positional: positional('ID') },
  async func(flags, id) {
    const given = givenSecret(this.env, newPassword(flags.passwordFile));
    const password = given ?? randomBytes(15).toString('base64url');
    await asUser(this, (client) =>
      client.users.register({ id, password, role: flags.role, attribute: groupOf(flags, id) }),
    );
    const made = given === undefined ? { password } : {};
    print(this, flags.json === true, { id, role: flags.role, ...made }, () =>
      given === undefined ? `Made ${id}. First password (shown once): ${password}` : `Made ${id}.`,
    );
  },
});

const update = buildCommand<UserFlags, [string], Context>({
  docs: {
    brief: "Set an account's role, group and password: another's begins anew, with nothing of the former",
    fullDescription: examples(
      'gaiwan users update alice --role DataOwnerManager --group north --password-file new.password',
    ),
  },
  parameters: { flags: userFlags, positional: positional('ID') },
  async func(flags, id) {
    const source = { ...newPassword(flags.passwordFile), prompt: `New password of ${id}: `, confirm: true };
    const password = await readSecret(this.env, source);
    await asUser(this, (client) =>
      client.users.update({ id, password, role: flags.role, attribute: groupOf(flags, id) }),
    );
    print(this, flags.json === true, { id, role: flags.role }, () => `Updated ${id}.`);
  },
});

const remove = buildCommand<Json, [string], Context>({
  docs: { brief: 'Remove an account', fullDescription: examples('gaiwan users remove alice') },
  parameters: { flags: { json: jsonFlag }, positional: positional('ID') },
  async func({ json }, id) {
    await asUser(this, (client) => client.users.delete(id));
    print(this, json === true, { id }, () => `Removed ${id}.`);
  },
});

interface ListFlags extends Json {
  readonly group?: string | undefined;
  readonly role?: (typeof roles)[number] | undefined;
  readonly name?: string | undefined;
}

const list = buildCommand<ListFlags, [], Context>({
  docs: {
    brief: 'List accounts with their roles',
    fullDescription: examples(
      'gaiwan users list',
      'gaiwan users list --group north',
      'gaiwan users list --role FunctionOwner --name a',
    ),
  },
  parameters: {
    flags: {
      group: textFlag('The group to list (administrators; a manager lists its own)', 'NAME'),
      role: { kind: 'enum', values: roles, brief: 'Those of one role', optional: true },
      name: textFlag('Those whose names begin so', 'TEXT'),
      json: jsonFlag,
    },
  },
  async func({ group, role, name, json }) {
    const found = await asUser(this, (client) =>
      collect(client.users.find({ group, role, namePrefix: name })),
    );
    const users = found.sort((one, other) => (one.id < other.id ? -1 : 1));
    const rows = users.map((user) => [
      user.id,
      user.role,
      user.group || '-',
      user.created?.toISOString().slice(0, 16).replace('T', ' ') ?? '-',
      user.hasKey ? 'key' : 'password',
    ]);
    print(this, json === true, { users }, () =>
      table([['name', 'role', 'group', 'created', 'key'], ...rows]),
    );
  },
});

const resetPassword = buildCommand<Json, [string], Context>({
  docs: {
    brief: 'Give an account a new random password: it begins anew, with nothing of the former',
    fullDescription: examples('gaiwan users reset-password alice'),
  },
  parameters: { flags: { json: jsonFlag }, positional: positional('ID') },
  async func({ json }, id) {
    const password = (await asUser(this, (client) => client.users.resetPassword(id))).reveal();
    print(this, json === true, { id, password }, () => `New password of ${id} (shown once): ${password}`);
  },
});

const passwd = buildCommand<Json & { readonly passwordFile?: string | undefined }, [], Context>({
  docs: {
    brief: 'Change your own password',
    fullDescription: `The new password comes from --password-file, GAIWAN_NEW_PASSWORD, GAIWAN_NEW_PASSWORD_FILE, or a prompt. Other
sessions of yours end; this one continues.

${examples('gaiwan users passwd')}`,
  },
  parameters: { flags: { passwordFile: passwordFlag, json: jsonFlag } },
  async func({ passwordFile, json }) {
    const source = { ...newPassword(passwordFile), prompt: 'New password: ', confirm: true };
    const password = await readSecret(this.env, source);
    await asUser(this, async (client, id) => {
      await client.users.changePassword(password);
      await client.login(id, password);
      const session = loadSession(this.env);
      if (session) saveSession(this.env, { ...session, token: client.token.reveal() });
      else note(this, 'The session is gone: log in again.');
      print(this, json === true, { id }, () => 'Changed.');
    });
  },
});

export const users = buildRouteMap({
  routes: { add, update, remove, list, resetPassword, passwd },
  docs: { brief: 'Accounts and passwords' },
});
