/** quota: what accounts and groups have the platform keep, and how much they may. */
import type { StorageUse } from '@gaiwan/client';
import { buildCommand, buildRouteMap } from '@stricli/core';
import { type Context, print } from '../context.ts';
import { usage } from '../errors.ts';
import { examples, type Json, jsonFlag, numberFlag, textFlag } from '../flags.ts';
import { periodText } from '../keep-flag.ts';
import { asUser } from '../session.ts';

interface HolderFlags extends Json {
  readonly user?: string | undefined;
  readonly group?: string | undefined;
}

const holderFlags = {
  user: textFlag('A user', 'ID'),
  group: textFlag('A group: all that its members have made while they were in it', 'NAME'),
  json: jsonFlag,
} as const;

function holderOf({ user, group }: HolderFlags) {
  if (user !== undefined && group !== undefined) throw usage('Name a user or a group, not both.');
  if (group !== undefined) return { group };
  return user === undefined ? {} : { user };
}

const MIB = 2 ** 20;

function keptLines(retention: StorageUse['retention']): string[] {
  const periods = Object.entries(retention).map(([what, period]) => `${what} ${periodText(period)}`);
  return periods.length === 0 ? [] : [`kept for  ${periods.join(', ')}`];
}

const text = ({ bytes, items, quota, unfinishedUploads, retention }: StorageUse): string =>
  [
    `bytes  ${bytes} of ${quota.bytes} (${Math.ceil(bytes / MIB)} of ${Math.floor(quota.bytes / MIB)} MiB)`,
    `items  ${items} of ${quota.items}`,
    `unfinished uploads  ${unfinishedUploads}`,
    ...keptLines(retention),
  ].join('\n');

const show = buildCommand<HolderFlags, [], Context>({
  docs: {
    brief: 'How much you, a user or a group has the platform keep, and may',
    fullDescription: `Files (an unfinished upload with its announced size), functions with all their versions, and tasks. An administrator sees everybody, a
manager its group and the members of it. It also shows how long the operator keeps things, where that is not for ever.

${examples('gaiwan quota show', 'gaiwan quota show --user alice', 'gaiwan quota show --group north')}`,
  },
  parameters: { flags: holderFlags },
  async func(flags) {
    const use = await asUser(this, (client) => client.storage.use(holderOf(flags)));
    print(this, flags.json === true, use, () => text(use));
  },
});

interface SetFlags extends HolderFlags {
  readonly bytes?: number | undefined;
  readonly items?: number | undefined;
}

const set = buildCommand<SetFlags, [], Context>({
  docs: {
    brief: 'Say how much a user or a group may have the platform keep (administrators)',
    fullDescription: `What is not named is as for everybody: what gaiwan serve --storage says, or docs/limits.md. What is kept already stays.

${examples('gaiwan quota set --user alice --bytes 1099511627776', 'gaiwan quota set --group north --items 100000', 'gaiwan quota set --user alice')}`,
  },
  parameters: {
    flags: {
      ...holderFlags,
      bytes: numberFlag('Bytes at most', 0, Number.MAX_SAFE_INTEGER),
      items: numberFlag('Files, functions and tasks at most', 0, Number.MAX_SAFE_INTEGER),
    },
  },
  async func(flags) {
    const { bytes, items } = flags;
    const holder = holderOf(flags);
    if (!('user' in holder || 'group' in holder))
      throw usage('Name a user or a group: --user ID or --group NAME.');
    const use = await asUser(this, async (client) => {
      await client.storage.setQuota(holder, { bytes, items });
      return client.storage.use(holder);
    });
    print(this, flags.json === true, use, () => text(use));
  },
});

export const quota = buildRouteMap({
  routes: { show, set },
  docs: { brief: 'What users and groups have the platform keep, and how much they may' },
});
