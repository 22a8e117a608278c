/** Whose share of the workers a task uses. */
import { nameOf, type Subject } from '@gaiwan/protocol';

/**
 * From the widest party to the account itself. Parties within one share it, so that nobody gets more by being many: accounts of a group
 * share what the group gets, and groups that a function owner brought share what that owner gets.
 */
export type Share = readonly string[];

const user = (subject: Subject) => `user:${subject}`;
/** An account, and the groups that it brought. */
const all = (subject: Subject) => `all-of:${subject}`;

export interface ShareFacts {
  readonly creator: Subject;
  /** The group of a data owner or manager; absent for others. */
  readonly group?: string | undefined;
  /** Who brought the group, unless that is an administrator: administrators are not many for their own good. */
  readonly broughtBy?: Subject;
}

export function shareOf({ creator, group, broughtBy }: ShareFacts): Share {
  if (group === undefined) return [all(creator), user(creator)];
  return [...(broughtBy === undefined ? [] : [all(broughtBy)]), `group:${group}`, user(creator)];
}

/** As the operator names them: `user:NAME` or `group:NAME`. Who has the name of a former account has what was set for the name. */
export function nameOfParty(party: string): string {
  const [, kind, name = ''] = /^(user|all-of|group):(.*)$/s.exec(party) ?? [];
  // Parties are made by `shareOf` alone: what is no group's name is a subject.
  return kind === 'group' ? party : `user:${nameOf(name as Subject)}`;
}
