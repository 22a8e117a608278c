/** The marks by which accounts are listed: by group, by role, by the beginning of their names. */
import type { Key } from '@gaiwan/store';
import { groupOf } from './group.ts';
import { keys, type UserRecord } from './records.ts';

export function userMarks({ id, role }: Pick<UserRecord, 'id' | 'role'>): Key[] {
  const group = groupOf(role);
  return [
    keys.userName(id),
    keys.roleUser(role.name, id),
    ...(group === undefined ? [] : [keys.groupUser(group, role.name, id)]),
  ];
}
