/** What the approvals of a task's participants rest on. */
import { type Authority, authorityOfKey, type Subject } from '@gaiwan/protocol';
import type { KeyedParticipant, Stateless, UserRecord } from './records.ts';

/** As the task's manifest says it. */
export function authorityIn({ keyed = [] }: Pick<Stateless, 'keyed'>, subject: Subject): Authority {
  const found = keyed.find((one) => one.subject === subject);
  return found ? authorityOfKey(found.key) : 'password';
}

/** Those who rest on a password. */
export const withoutKey = ({ participants, keyed = [] }: Stateless): Subject[] =>
  participants.filter((subject) => !keyed.some((one) => one.subject === subject));

/** Of the accounts of participants, as they are now. */
export const keyedAmong = (accounts: readonly UserRecord[]): KeyedParticipant[] =>
  accounts.flatMap(({ subject, keys }) => (keys ? [{ subject, key: keys.current.id }] : []));

export const isSameKeyed = (one: readonly KeyedParticipant[], other: readonly KeyedParticipant[]): boolean =>
  one.length === other.length &&
  one.every(({ subject, key }, index) => other[index]?.subject === subject && other[index]?.key === key);
