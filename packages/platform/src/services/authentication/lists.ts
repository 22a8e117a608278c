/** gaiwan.v1.UserService: names of accounts, in pages. */
import type { gaiwan } from '@gaiwan/protocol';
import type { Store } from '@gaiwan/store';
import { decodeRecord } from '../../domain/codec.ts';
import { keys, type UserRecord } from '../../domain/records.ts';
import { limits } from '../../limits.ts';
import type { Handlers } from '../../pipeline/handlers.ts';
import { query } from '../../pipeline/method.ts';
import type { Resource } from '../../pipeline/spec.ts';
import type { Caller } from '../../ports.ts';
import { type PageRequest, scanPage } from '../../state/scan-page.ts';
import { onGroup } from './resources.ts';

/** Whom a caller lists that may list a group: an administrator everyone, a manager its data owners. */
export const isListed =
  ({ role }: Caller, group: string) =>
  ({ role: of }: Pick<UserRecord, 'role'>): boolean =>
    role.name === 'PlatformAdmin' || (of.name === 'DataOwner' && of.attribute === group);

const onNamedGroup: Resource<{ readonly group: string }, string> = {
  load: (read, { group }, caller) => onGroup.load(read, { id: group }, caller),
  facts: onGroup.facts,
};

export const listMethods = ({ store }: { readonly store: Store }): Handlers<typeof gaiwan.UserService> => ({
  listUserIds: query({
    action: 'ListUserIds',
    resource: onNamedGroup,
    run: async ({ caller, request, resource: group }) => {
      const { users, next } = await pageOfUsers(store, request, isListed(caller, group));
      return { userIds: users, nextPageToken: next };
    },
  }),
});

/** Ends at so many accounts, or after so many bytes of records, whosever they are. */
async function pageOfUsers(
  store: Store,
  { pageToken, pageSize }: PageRequest,
  isWanted: (user: UserRecord) => boolean,
): Promise<{ readonly users: string[]; readonly next: string }> {
  const most = pageSize > 0 ? Math.min(pageSize, limits.page.value) : limits.page.value;
  const users: string[] = [];
  let next = pageToken;
  for (let bytes = 0; ; ) {
    const step = Math.min(limits.pageStep.value, most - users.length);
    const page = await scanPage(store, keys.users(), { pageToken: next, pageSize: step });
    for (const { value } of page.entries) {
      bytes += value.length;
      const user = decodeRecord<UserRecord>(value);
      if (isWanted(user)) users.push(user.id);
    }
    next = page.next ?? '';
    if (next === '' || users.length >= most || bytes >= limits.pageBytes.value) return { users, next };
  }
}
