/** Which accounts there are: a subject is gone when its name has no account any more, or another one. */
import { nameOf, type Subject } from '@gaiwan/protocol';
import { keys, type UserRecord } from '../domain/records.ts';
import type { Reader } from './reader.ts';

export const isThere = async (from: Reader, subject: Subject): Promise<boolean> =>
  (await from.read<UserRecord>(keys.user(nameOf(subject))))?.subject === subject;

/** Those who are gone. Of a transaction: its commit is then held to the others being there. */
export async function goneAmong(from: Reader, subjects: readonly Subject[]): Promise<Subject[]> {
  const there = await Promise.all(subjects.map((subject) => isThere(from, subject)));
  return subjects.filter((_, index) => !there[index]);
}

/** The accounts of those who are there, in the same order. Of a transaction: its commit is then held to what they are. */
export async function accountsOf(from: Reader, subjects: readonly Subject[]): Promise<UserRecord[]> {
  const found = await Promise.all(
    subjects.map((subject) => from.read<UserRecord>(keys.user(nameOf(subject)))),
  );
  return found
    .filter((user, index) => user?.subject === subjects[index])
    .filter((user) => user !== undefined);
}
