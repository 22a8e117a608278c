/** Users, passwords and tokens. In Teaclave's contract every one of these is 16. */
import type { RefusalTable } from '@gaiwan/errors';
import type { WireRefusal } from './refusal.ts';

export const accountRefusals = {
  'missing-user-id': {
    grpc: 'UNAUTHENTICATED',
    wire: 'missing user id',
    meaning: 'The call carries no metadata "id".',
    remedy: 'Send the user id as metadata "id".',
  },
  'missing-token': {
    grpc: 'UNAUTHENTICATED',
    wire: 'missing token',
    meaning: 'The call carries no metadata "token".',
    remedy: 'Log in, and send the token as metadata "token".',
  },
  'authentication-failed': {
    grpc: 'UNAUTHENTICATED',
    wire: 'authentication failed',
    meaning: 'The authentication service does not accept the user, the password or the token.',
    remedy: 'Check the user id and the password, and log in again.',
  },
  'credentials-refused': {
    grpc: 'UNAUTHENTICATED',
    // The misspelling is the contract's.
    wire: 'incorrent credential',
    meaning: 'The frontend does not accept the token: it is wrong, expired, or of another user.',
    remedy: 'Log in again.',
  },
  throttled: {
    grpc: 'UNAUTHENTICATED',
    wire: 'authentication failed',
    meaning: 'Too many logins of this user, or from this address, have failed.',
    remedy: 'Wait a minute, then try again.',
  },
  'user-access-denied': {
    grpc: 'UNAUTHENTICATED',
    wire: 'permission denied',
    meaning: 'An access-control policy does not let the caller manage this user, or there is no such user.',
    remedy: 'Call as an administrator, or as the manager of the group that the user is in.',
  },
  'bad-user-id': {
    grpc: 'UNAUTHENTICATED',
    wire: 'invalid user id',
    meaning:
      'A user id is empty, too long, or has other than visible ASCII characters; or a new one has other than letters, digits and . _ @ + : - or does not begin with a letter or a digit.',
    remedy: 'Choose an id of letters and digits.',
  },
  'bad-group': {
    grpc: 'UNAUTHENTICATED',
    wire: 'invalid role',
    meaning:
      'The attribute of a role, which is the name of a group, is not one that a user could have as id.',
    remedy: 'Name the group by letters and digits.',
  },
  'user-looks-alike': {
    grpc: 'UNAUTHENTICATED',
    wire: 'user id exist',
    meaning:
      'There is a user whose id differs from this one by case, or by letters that look alike (l, I and 1; O and 0).',
    remedy: 'Choose an id that nobody can take for that one.',
  },
  'group-looks-alike': {
    grpc: 'UNAUTHENTICATED',
    wire: 'invalid role',
    meaning:
      'There is a group whose name differs from this one by case, or by letters that look alike (l, I and 1; O and 0).',
    remedy: 'Name that group, if it is meant; else choose a name that nobody can take for it.',
  },
  'last-administrator': {
    grpc: 'UNAUTHENTICATED',
    wire: 'permission denied',
    meaning:
      'The account is the only administrator. Without one nobody could register another, and the data folder would be closed for good.',
    remedy: 'Register another administrator first; then delete this account, or give it another role.',
  },
  'unknown-user': {
    grpc: 'UNAUTHENTICATED',
    wire: 'invalid user id',
    meaning: 'There is no user with this id.',
    remedy: 'List the users, and check the spelling.',
  },
  'user-exists': {
    grpc: 'UNAUTHENTICATED',
    wire: 'user id exist',
    meaning: 'There is already a user with this id.',
    remedy: 'Choose another id, or update the user that there is.',
  },
  'bad-role': {
    grpc: 'UNAUTHENTICATED',
    wire: 'invalid role',
    meaning: 'The text names no role, or its attribute does not fit the role.',
    remedy: 'Use PlatformAdmin, FunctionOwner, DataOwnerManager or DataOwner.',
  },
  'empty-password': {
    grpc: 'UNAUTHENTICATED',
    wire: 'authentication failed',
    meaning: 'The new password is empty; nobody could log in with it.',
    remedy: 'Choose another password.',
  },
  'password-too-long': {
    grpc: 'UNAUTHENTICATED',
    wire: 'authentication failed',
    meaning: 'The new password has more characters than a password may have.',
    remedy: 'Choose a shorter password.',
  },
} as const satisfies RefusalTable<WireRefusal>;
