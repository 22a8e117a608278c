/** Which roles may do something, as the policies have it. */
import type { Role, RoleName } from '../domain/records.ts';
import type { AccessQuestion, AccountFacts } from '../ports.ts';

export type Permits = (question: AccessQuestion) => boolean;

export const roleNames: readonly RoleName[] = [
  'PlatformAdmin',
  'FunctionOwner',
  'DataOwnerManager',
  'DataOwner',
];

/** In a group as any other. */
const GROUP = 'group';
const inGroup = (name: RoleName): Role => ({ name, attribute: name.startsWith('DataOwner') ? GROUP : '' });

/** Accounts of others, of each role, which whoever may act on any of that role may act on. */
const accounts: readonly AccountFacts[] = roleNames.map((name) => ({
  type: 'Account',
  id: 'somebody',
  role: inGroup(name),
  invitedTo: GROUP,
}));

export interface RolesQuestion extends Pick<AccessQuestion, 'caller' | 'action'> {
  /** Is it about accounts? Else about what the role may call at all. */
  readonly ofAccounts?: boolean;
}

/** Asks each role of the caller's. */
export const rolesThatMay = (
  permits: Permits,
  { caller, action, ofAccounts = false }: RolesQuestion,
): RoleName[] =>
  roleNames.filter((name) => {
    const held = { ...caller, role: inGroup(name) };
    return ofAccounts
      ? accounts.some((resource) => permits({ caller: held, action, resource }))
      : permits({ caller: held, action });
  });
