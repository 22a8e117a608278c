/** Accounts as records: what a request may make of one. Every refusal is `16 UNAUTHENTICATED` on the wire (W4). */
import { randomBytes } from 'node:crypto';
import { parseSubject, SUBJECT_RANDOM_BYTES, type Subject } from '@gaiwan/protocol';
import { isChosenId } from '../../domain/names.ts';
import { keys, type Role, type UserRecord } from '../../domain/records.ts';
import { parseRole, roleText } from '../../domain/roles.ts';
import { makeSubject } from '../../domain/subject.ts';
import { userMarks } from '../../domain/user-marks.ts';
import { type PlatformError, refuse } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { Event, Transaction } from '../../state/transaction.ts';
import { freeLooks, takeLooks } from './look-alikes.ts';
import { type AccountChange, countMembers } from './memberships.ts';
import { hashPassword } from './password.ts';

/** One sentence for all of them: whoever guesses learns nothing. */
export const authenticationFailed = (): PlatformError =>
  refuse(
    'authentication-failed',
    'The user, the password or the token is wrong, or the token has expired: log in again.',
  );

/** A password that can be looked at: neither empty nor long. */
export const isBearablePassword = (password: string): boolean =>
  password !== '' && password.length <= limits.password.value;

export function checkUserId(id: string): string {
  const isName = id !== '' && id.length <= limits.userId.value && /^[\u0021-\u007e]+$/.test(id);
  // A name in the form of a subject would be shown where people read one.
  if (isName && parseSubject(id) === undefined) return id;
  throw refuse(
    'bad-user-id',
    `A user id has 1 to ${limits.userId.value} visible ASCII characters, and does not end like a subject (#RANDOM).`,
  );
}

/** An id that somebody is to be registered under. */
export function checkNewUserId(id: string): string {
  if (isChosenId(checkUserId(id))) return id;
  throw refuse(
    'bad-user-id',
    'A new user id begins with a letter or a digit and has only letters, digits and . _ @ + : - after it.',
  );
}

export function checkRole(name: string, attribute: string): Role {
  const role = parseRole(name, attribute);
  if (attribute !== '' && (attribute.length > limits.userId.value || !isChosenId(attribute)))
    throw refuse(
      'bad-group',
      `A group is named like a user: at most ${limits.userId.value} characters, a letter or a digit, then letters, digits and . _ @ + : -`,
    );
  if (role) return role;
  throw refuse(
    'bad-role',
    `"${name.slice(0, 40)}" is no role: use PlatformAdmin, FunctionOwner, DataOwnerManager or DataOwner.`,
  );
}

/** The parts of an account that every new password changes: older tokens die, but for that of the session that an account changes its own in. */
export type Credentials = Pick<UserRecord, 'password' | 'generation'>;

export async function makeCredentials(password: string): Promise<Credentials> {
  if (password.length > limits.password.value)
    throw refuse('password-too-long', `A password has at most ${limits.password.value} characters.`);
  return { password: await hashPassword(password), generation: randomBytes(9).toString('base64url') };
}

/** A new account of this name. */
export const newSubject = (id: string): Subject => makeSubject(id, randomBytes(SUBJECT_RANDOM_BYTES));

/** Does an account go on as itself after somebody else has set its password? What it has been given rests on nothing else. */
export const continuesAfterReset = ({ keys: held }: UserRecord): boolean => held !== undefined;

type Writes = Pick<Transaction, 'read' | 'put' | 'delete' | 'mark'>;

/** The account, a mark where one ends by it, and what rests on how many there are. Throws as `countMembers`. */
export async function writeAccount(tx: Writes, change: AccountChange): Promise<void> {
  const { before, after } = change;
  if (before) for (const key of userMarks(before)) tx.delete(key);
  if (after) for (const key of userMarks(after)) tx.mark(key);
  if (after) {
    tx.put(keys.user(after.id), after);
    takeLooks(tx, after.id);
  } else if (before) {
    tx.delete(keys.user(before.id));
    freeLooks(tx, before.id);
  }
  if (before && before.subject !== after?.subject) tx.mark(keys.goneAccount(before.subject));
  await countMembers(tx, change);
}

/** `former`: who the account was, where it goes on as another. */
export const accountEvent = (type: string, { id, subject, role }: UserRecord, former?: Subject): Event => ({
  type,
  user: id,
  subject,
  role: roleText(role),
  ...(former && former !== subject && { former }),
});
