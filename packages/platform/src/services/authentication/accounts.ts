/** Accounts as records: what a request may make of one. Every refusal is `16 UNAUTHENTICATED` on the wire (W4). */
import { randomBytes } from 'node:crypto';
import { parseSubject, SUBJECT_RANDOM_BYTES, type Subject } from '@gaiwan/protocol';
import { groupOf, withMember, withoutMember } from '../../domain/group.ts';
import { type GroupRecord, keys, type Role, type UserRecord } from '../../domain/records.ts';
import { parseRole, roleText } from '../../domain/roles.ts';
import { makeSubject } from '../../domain/subject.ts';
import { type PlatformError, refuse } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { Event, Transaction } from '../../state/transaction.ts';
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

export function checkRole(name: string, attribute: string): Role {
  const role = parseRole(name, attribute);
  if (role && attribute.length <= limits.userId.value) return role;
  throw refuse(
    'bad-role',
    `"${name.slice(0, 40)}" is no role: use PlatformAdmin, FunctionOwner, DataOwnerManager or DataOwner.`,
  );
}

/** The parts of an account that every new password changes: older tokens die. */
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

type Writes = Pick<Transaction, 'read' | 'put' | 'delete'>;

/** What becomes of an account; undefined before it begins and after its end. */
export interface AccountChange {
  readonly before?: UserRecord;
  readonly after?: UserRecord;
  /** Who does it. */
  readonly by: Subject;
}

/** The account, and the members of the groups that it leaves and enters. */
export async function writeAccount(tx: Writes, { before, after, by }: AccountChange): Promise<void> {
  if (after) tx.put(keys.user(after.id), after);
  else if (before) tx.delete(keys.user(before.id));
  const [left, entered] = [before && groupOf(before.role), after && groupOf(after.role)];
  if (left === entered) return;
  if (left !== undefined) {
    const rest = withoutMember(await tx.read<GroupRecord>(keys.group(left)));
    if (rest) tx.put(keys.group(left), rest);
    else tx.delete(keys.group(left));
  }
  if (entered !== undefined)
    tx.put(keys.group(entered), withMember(await tx.read<GroupRecord>(keys.group(entered)), by));
}

/** `former`: who the account was, where it goes on as another. */
export const accountEvent = (type: string, { id, subject, role }: UserRecord, former?: Subject): Event => ({
  type,
  user: id,
  subject,
  role: roleText(role),
  ...(former && former !== subject && { former }),
});
