/** Groups of data owners and their managers. A group is there as long as it has members. */

import type { Subject } from '@gaiwan/protocol';
import type { GroupRecord, Role } from './records.ts';

/** The group that a role is in; undefined for roles that are in none. */
export const groupOf = ({ name, attribute }: Role): string | undefined =>
  name === 'DataOwner' || name === 'DataOwnerManager' ? attribute : undefined;

/** With one member more. Whoever brings the first one has made the group. */
export const withMember = (
  group: GroupRecord | undefined,
  by: Subject,
  isAdministrator: boolean,
): GroupRecord =>
  group
    ? { ...group, members: group.members + 1 }
    : { madeBy: by, members: 1, ...(isAdministrator && { byAdministrator: true }) };

/** With one member less; undefined where nobody is left. */
export const withoutMember = (group: GroupRecord | undefined): GroupRecord | undefined =>
  group && group.members > 1 ? { ...group, members: group.members - 1 } : undefined;
