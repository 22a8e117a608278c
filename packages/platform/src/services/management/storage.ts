/** gaiwan.v1.StorageService: what accounts and groups have the platform keep, and how much they may. */
import { type gaiwan, nameOf, type Subject } from '@gaiwan/protocol';
import {
  type GroupRecord,
  keys,
  type Role,
  type StorageHolder,
  type UserRecord,
} from '../../domain/index.ts';
import { refuse } from '../../errors.ts';
import type { Handlers } from '../../pipeline/handlers.ts';
import { command, query } from '../../pipeline/method.ts';
import type { Resource } from '../../pipeline/spec.ts';
import type { RetentionPeriods } from '../../retention/periods.ts';
import type { Reading } from '../../state/reading.ts';
import type { ManagementContext } from './context.ts';

interface Named {
  readonly userId: string;
  readonly group: string;
}

interface Found {
  /** Throws `unknown-holder` where there is none: once access control has let the caller ask, so that nobody else learns of it. */
  readonly holder: () => StorageHolder;
  /** The account, or one that stands for all of the group, or for a name that nobody has. */
  readonly account: { readonly id: string; readonly subject?: Subject; readonly role: Role };
}

const unknownHolder = (what: string) => refuse('unknown-holder', `There is no ${what}.`);

const missing = (what: string) => () => {
  throw unknownHolder(what);
};

async function findAccount(read: Reading, name: string): Promise<Found> {
  const subject = await read.subject(name);
  const account = subject && (await read.record<UserRecord>(keys.user(nameOf(subject))));
  if (account) return { holder: () => ({ user: account.subject }), account };
  const id = name.slice(0, 80);
  return { holder: missing(`user "${id}"`), account: { id, role: { name: 'DataOwner', attribute: '' } } };
}

/** Without a name: the caller. */
const onHolder: Resource<Named, Found> = {
  load: async (read, { userId, group }, caller) => {
    if (userId !== '' && group !== '') throw unknownHolder('holder that is a user and a group: name one');
    if (group === '') return findAccount(read, userId === '' ? caller.id : userId);
    const isThere = group.length <= 128 && (await read.record<GroupRecord>(keys.group(group))) !== undefined;
    const id = group.slice(0, 128);
    return {
      holder: isThere ? () => ({ group }) : missing(`group "${id.slice(0, 80)}"`),
      account: { id, role: { name: 'DataOwner', attribute: id } },
    };
  },
  facts: ({ account: { id, subject, role } }) => [
    { type: 'Account', id, role, ...(subject !== undefined && { subject }) },
  ],
};

const periodsOf = ({ tasks, results, files, audit, usage }: RetentionPeriods) => ({
  ...(tasks !== undefined && { tasksMs: BigInt(tasks) }),
  ...(results !== undefined && { resultsMs: BigInt(results) }),
  ...(files !== undefined && { filesMs: BigInt(files) }),
  ...(audit !== undefined && { auditMs: BigInt(audit) }),
  ...(usage !== undefined && { usageMs: BigInt(usage) }),
});

export const storageMethods = ({
  holdings,
  retention,
}: ManagementContext): Handlers<typeof gaiwan.StorageService> => ({
  getStorageUse: query({
    action: 'GetStorageUse',
    resource: onHolder,
    run: ({ resource: { holder } }) => {
      const { bytes, items, quota, unfinished } = holdings.use(holder());
      return {
        bytes: BigInt(bytes),
        items: BigInt(items),
        quotaBytes: BigInt(quota.bytes),
        quotaItems: BigInt(quota.items),
        unfinishedUploads: unfinished,
        retention: periodsOf(retention),
      };
    },
  }),
  setStorageQuota: command({
    action: 'SetStorageQuota',
    resource: onHolder,
    run: ({ tx, request, resource: { holder } }) => {
      const of = holder();
      const [bytes, items] = [wholeNumber(request.bytes), wholeNumber(request.items)];
      holdings.setQuota(tx, {
        of,
        ...(bytes !== undefined && { bytes }),
        ...(items !== undefined && { items }),
      });
      return {
        reply: {},
        event: {
          type: 'storage-quota-set',
          ...('user' in of ? { user: of.user } : { group: of.group }),
          bytes,
          items,
        },
      };
    },
  }),
});

/** What no double can count is beyond every disk. */
const wholeNumber = (value: bigint | undefined): number | undefined =>
  value === undefined ? undefined : Math.min(Number(value), Number.MAX_SAFE_INTEGER);
