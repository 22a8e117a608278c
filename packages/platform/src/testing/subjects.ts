/** Accounts for tests: of a name, always the same. */
import { nameOf, SUBJECT_RANDOM_BYTES, type Subject } from '@gaiwan/protocol';
import type { Store } from '@gaiwan/store';
import { encodeRecord, keys, makeSubject, type Role, type UserRecord, userMarks } from '../domain/index.ts';

/** `number`: which account of the name. */
export const subjectOf = (name: string, number = 0): Subject =>
  makeSubject(name, new Uint8Array(SUBJECT_RANDOM_BYTES).fill(number));

export const subjectsOf = (...names: readonly string[]): Subject[] => names.map((name) => subjectOf(name));

/** Lets accounts be there, each as `subjectOf` makes it, in place of others of their names. */
export async function putAccounts(store: Store, subjects: readonly Subject[], role = nobody): Promise<void> {
  const put = subjects.flatMap((subject) => {
    const id = nameOf(subject);
    const user: UserRecord = { id, subject, role, password: '', generation: '' };
    const marks = userMarks(user).map((key) => ({ key, value: new Uint8Array() }));
    return [{ key: keys.user(id), value: encodeRecord(user) }, ...marks];
  });
  await store.commit({ put });
}

const nobody: Role = { name: 'DataOwner', attribute: '' };
