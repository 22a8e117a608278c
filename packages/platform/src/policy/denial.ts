/** What whoever is denied reads: which policy decided, which role it would take, and who could let it. */
import { type PlatformError, refuse } from '../errors.ts';
import type { AccessQuestion, AccessResource } from '../ports.ts';
import { type Permits, rolesThatMay } from './roles.ts';

export const DENY_BY_DEFAULT = 'deny-by-default';

/** Who could let somebody do a thing that belongs to somebody. */
const owners: Readonly<Record<Exclude<AccessResource['type'], 'Account'>, string>> = {
  Data: 'Its owners alone may: ask them.',
  Function:
    'Its owner, or an administrator, may; its owner also lets others use and read it (gaiwan functions update --allow).',
  Agreement: 'Its participants alone may: ask them.',
  Task: 'Its participants may, and some of it its creator alone: ask them.',
};

/** `denied`: the id of the policy that decided. */
export function refuseAccess(question: AccessQuestion, denied: string, permits: Permits): PlatformError {
  const { caller, action, resource } = question;
  if (resource && resource.type !== 'Account')
    return denial(question, denied, { roles: [], remedy: owners[resource.type] });
  // Never by what the account is: whoever may not act on it is not told whether it is there.
  return denial(
    question,
    denied,
    rolesHint(action, rolesThatMay(permits, { caller, action, ofAccounts: resource !== undefined })),
  );
}

interface Hint {
  readonly roles: readonly string[];
  readonly remedy: string;
}

function rolesHint(action: string, roles: readonly string[]): Hint {
  if (roles.length === 0) return { roles, remedy: 'No role may: ask whose account it is.' };
  const which = roles.join(' or ');
  return {
    roles,
    remedy: `${action} takes the role ${which}${roles.includes('DataOwnerManager') ? ' (of its group)' : ''}: an administrator gives roles (gaiwan users update).`,
  };
}

function denial(
  { caller, action, resource }: AccessQuestion,
  denied: string,
  { roles, remedy }: Hint,
): PlatformError {
  const what = resource && resource.id !== '' ? ` on ${resource.type.toLowerCase()} ${resource.id}` : '';
  const why = denied === DENY_BY_DEFAULT ? 'no policy permits it' : `policy "${denied}" forbids it`;
  return refuse(
    'access-denied',
    `${caller.id} (${caller.role.name}) may not ${action}${what}: ${why}. ${remedy}`,
    { policyId: denied, roles, remedy, about: caller.id },
  );
}

/** As of an account that the caller may not act on, so that nobody learns by it which accounts there are. */
export function refuseUnknownAccount(
  caller: AccessQuestion['caller'],
  action: string,
  id: string,
): PlatformError {
  const role = { name: 'DataOwner', attribute: '' } as const;
  const question: AccessQuestion = { caller, action, resource: { type: 'Account', id, role } };
  const { message, policyId, roles, remedy } = denial(
    question,
    DENY_BY_DEFAULT,
    rolesHint(action, ['PlatformAdmin', 'DataOwnerManager']),
  );
  return refuse('user-access-denied', message, { policyId, roles, remedy, about: caller.id });
}
