/** What whoever is denied reads. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type PlatformError, refuse } from '../../errors.ts';
import { refuseUnknownAccount } from '../../policy/denial.ts';
import { roleNames, rolesThatMay } from '../../policy/roles.ts';
import type { AccessQuestion, AccountFacts } from '../../ports.ts';
import { caller } from '../../testing/management.ts';
import { subjectOf } from '../../testing/subjects.ts';
import { CedarAccessControl } from './access-control.ts';

const access = new CedarAccessControl();

function refusalOf(question: AccessQuestion): PlatformError {
  try {
    access.require(question);
  } catch (error) {
    return error as PlatformError;
  }
  throw new Error('it was permitted');
}

const ben = caller('ben', 'DataOwner', 'south');
const boss = caller('boss', 'DataOwnerManager', 'north');
const account = (name: string, role: AccountFacts['role']): AccountFacts => ({
  type: 'Account',
  id: name,
  subject: subjectOf(name),
  role,
});

describe('the roles that may', () => {
  it.each([
    ['RegisterFunction', ['PlatformAdmin', 'FunctionOwner']],
    ['CreateTask', ['PlatformAdmin', 'DataOwnerManager', 'DataOwner']],
    ['ApproveManifest', ['PlatformAdmin', 'FunctionOwner', 'DataOwnerManager', 'DataOwner']],
    ['QueryAuditLogs', ['PlatformAdmin']],
    ['NoSuchAction', []],
  ])('%s: %j', (action, roles) => {
    expect(rolesThatMay((question) => access.permits(question), { caller: ben, action })).toEqual(roles);
  });

  it.each([
    ['FindUsers', ['PlatformAdmin', 'DataOwnerManager']],
    ['DeleteUser', ['PlatformAdmin', 'DataOwnerManager']],
    ['UserRegister', ['PlatformAdmin', 'FunctionOwner', 'DataOwnerManager']],
    ['SetStorageQuota', ['PlatformAdmin']],
  ])('%s on accounts: %j', (action, roles) => {
    const question = { caller: ben, action, ofAccounts: true };
    expect(rolesThatMay((asked) => access.permits(asked), question)).toEqual(roles);
  });
});

it('docs/roles.md says what the policies say', () => {
  const page = readFileSync(new URL('../../../../../docs/roles.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `(\w+)` \| (yes|no) \| (yes|no) \| (yes|no) \| (yes|no) \|$/gm)];
  expect(rows.length).toBeGreaterThan(10);
  for (const [, action = '', ...cells] of rows) {
    const may = rolesThatMay((question) => access.permits(question), { caller: ben, action });
    const names = roleNames.filter((_, index) => cells[index] === 'yes');
    expect(names, action).toEqual(may);
  }
});

describe('a denial', () => {
  it('names the role that is missing, and who gives it', () => {
    const refused = refusalOf({ caller: ben, action: 'RegisterFunction' });
    expect(refused).toMatchObject({ code: 'access-denied', policyId: 'deny-by-default' });
    expect(refused.roles).toEqual(['PlatformAdmin', 'FunctionOwner']);
    expect(refused.message).toBe(
      'ben (DataOwner) may not RegisterFunction: no policy permits it. RegisterFunction takes the role PlatformAdmin or FunctionOwner: an administrator gives roles (gaiwan users update).',
    );
    expect(refused.details).toEqual([{ reason: 'access-denied', subject: 'ben', remedy: refused.remedy }]);
    expect(refused.wire).toBe('permission denied');
  });

  it('of what belongs to somebody says whom to ask, by no name', () => {
    const task = {
      type: 'Task',
      id: 'task-1',
      creator: subjectOf('ann'),
      participants: [],
      logReaders: [],
    } as const;
    const refused = refusalOf({ caller: ben, action: 'GetTask', resource: task });
    expect(refused.roles).toEqual([]);
    expect(refused.message).toContain('Its participants may');
    expect(refused.message).not.toContain('ann');
  });

  it('of an account is the same whether there is such an account or not', () => {
    for (const action of ['ResetUserPassword', 'DeleteUser']) {
      const resource = account('carl', { name: 'DataOwner', attribute: 'south' });
      const denied = refusalOf({ caller: boss, action, resource });
      const unknown = refuseUnknownAccount(boss, action, 'carl');
      expect([unknown.message, unknown.roles, unknown.remedy, unknown.policyId]).toEqual([
        denied.message,
        denied.roles,
        denied.remedy,
        denied.policyId,
      ]);
    }
  });
});

it('a refusal about very many names details the first of them', () => {
  const subjects = Array.from({ length: 100 }, (_, n) => `slot-${n}`);
  const refused = refuse('data-missing', 'Data is missing.', { subjects });
  expect(refused.subjects).toHaveLength(100);
  expect(refused.details).toHaveLength(32);
  expect(refused.details[0]).toEqual({ reason: 'data-missing', subject: 'slot-0', remedy: refused.remedy });
});
