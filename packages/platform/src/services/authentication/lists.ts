/** gaiwan.v1.UserService: accounts, in pages. */
import type { MessageShape } from '@bufbuild/protobuf';
import type { gaiwan } from '@gaiwan/protocol';
import type { Key, Store } from '@gaiwan/store';
import { keys, type UserRecord } from '../../domain/records.ts';
import { parseRole } from '../../domain/roles.ts';
import { fold } from '../../domain/terms.ts';
import { refuse, sentText } from '../../errors.ts';
import type { Handlers } from '../../pipeline/handlers.ts';
import { query } from '../../pipeline/method.ts';
import type { Resource } from '../../pipeline/spec.ts';
import type { Caller } from '../../ports.ts';
import { checkFilter, filteredPage, type Part } from '../../state/filtered-page.ts';
import { onGroup } from './resources.ts';

/** Whom a caller lists that may list a group: an administrator everyone, a manager its data owners. */
const isListed =
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
      const part = partOf(caller, caller.role.name === 'PlatformAdmin' ? '' : group, {
        role: '',
        namePrefix: '',
      });
      const { rows, next } = await filteredPage(store, [part], keys.user, request);
      return { userIds: rows.map(({ id }) => id), nextPageToken: next };
    },
  }),
  findUsers: query({
    action: 'FindUsers',
    resource: onGroupOrAll,
    run: async ({ caller, request, resource: group }) => {
      const { rows, next } = await filteredPage(store, [partOf(caller, group, request)], keys.user, request);
      const users = rows.map(({ id, role, since, keys: held }) => ({
        userId: id,
        role: role.name,
        group: role.attribute,
        created: BigInt(since ?? 0),
        hasKey: held !== undefined,
      }));
      return { users, nextPageToken: next };
    },
  }),
});

/** The marks, or records, of everybody whom a caller lists that may list a group; the last segment of each is an id. */
export const listedMarks = ({ role }: Caller, group: string): Key =>
  role.name === 'PlatformAdmin' ? keys.users() : keys.groupUsers(group, 'DataOwner');

/** Of whom: a manager that names no group means its own; an administrator that names none means everyone (''). */
const onGroupOrAll: Resource<{ readonly group: string }, string> = {
  load: (_read, { group }, { role }) =>
    checkFilter('The name of a group', group === '' ? role.attribute : group),
  facts: onGroup.facts,
};

type Filters = Pick<MessageShape<typeof gaiwan.FindUsersRequestSchema>, 'role' | 'namePrefix'>;

/** By the marks of which there are the fewest, as a rule. */
function partOf(caller: Caller, group: string, { role, namePrefix }: Filters): Part<UserRecord> {
  const as = role === '' ? undefined : parseRole(role, '')?.name;
  if (role !== '' && as === undefined)
    throw refuse('bad-filter', `${JSON.stringify(sentText(role))} is no role.`);
  const start = fold(checkFilter('The beginning of a name', namePrefix));
  const isSeen = isListed(caller, group);
  const wants = (user: UserRecord) =>
    isSeen(user) &&
    (group === '' || user.role.attribute === group) &&
    (as === undefined || user.role.name === as) &&
    fold(user.id).startsWith(start);
  if (start !== '') return { marks: keys.userNames(start), wants };
  // A group has members of one role, or two.
  if (group !== '') return { marks: keys.groupUsers(group, as), wants };
  return { marks: as === undefined ? keys.users() : keys.roleUsers(as), wants };
}
