import { describe, expect, it } from 'vitest';
import type { Role, RoleName } from '../../domain/records.ts';
import { PlatformError } from '../../errors.ts';
import type { AccessQuestion } from '../../ports.ts';
import { CedarAccessControl, readPolicies } from './access-control.ts';

const access = new CedarAccessControl();
const user = (id: string, name: RoleName, attribute = ''): { id: string; role: Role } => ({
  id,
  role: { name, attribute },
});
const admin = user('root', 'PlatformAdmin');
const vendor = user('vendor', 'FunctionOwner');
const bank = user('bank', 'DataOwner', 'banks');
const manager = user('boss', 'DataOwnerManager', 'banks');

/** The denying policy, or undefined. */
function ask(
  caller: AccessQuestion['caller'],
  action: string,
  resource?: AccessQuestion['resource'],
): string | undefined {
  try {
    access.require(resource ? { caller, action, resource } : { caller, action });
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(PlatformError);
    expect(error).toMatchObject({ grpc: 7, wire: 'permission denied' });
    return (error as PlatformError).policyId;
  }
}

describe('endpoints by role', () => {
  const D = 'deny-by-default';
  it.each([
    ['RegisterFunction', undefined, undefined, D],
    ['DisableFunction', undefined, undefined, D],
    ['ListFunctions', undefined, undefined, undefined],
    ['RegisterInputFile', undefined, D, undefined],
    ['CreateTask', undefined, D, undefined],
    ['InvokeTask', undefined, D, undefined],
    ['ApproveTask', undefined, undefined, undefined],
    ['QueryAuditLogs', undefined, D, D],
    ['NoSuchAction', 'unknown-action', 'unknown-action', 'unknown-action'],
  ])('%s', (action, forAdmin, forVendor, forBank) => {
    expect([ask(admin, action), ask(vendor, action), ask(bank, action), ask(manager, action)]).toEqual([
      forAdmin,
      forVendor,
      forBank,
      forBank,
    ]);
  });
});

describe('data, functions, tasks and users', () => {
  const data = { type: 'Data', id: 'input-1', owners: ['bank', 'other'] } as const;
  const code = {
    type: 'Function',
    id: 'function-1',
    owner: 'vendor',
    public: false,
    disabled: false,
    allowlist: ['banks'],
  } as const;
  const task = {
    type: 'Task',
    id: 'task-1',
    creator: 'analyst',
    participants: ['analyst', 'bank'],
    logReaders: ['vendor'],
  } as const;
  const target = (name: RoleName, attribute: string) =>
    ({ type: 'User', id: 'target', role: { name, attribute } }) as const;
  it.each([
    [bank, 'GetInputFile', data, undefined],
    [admin, 'GetInputFile', data, 'data-owners-only'],
    [bank, 'UpdateInputFile', data, 'deny-by-default'],
    [bank, 'UpdateInputFile', { ...data, owners: ['bank'] }, undefined],
    [vendor, 'UpdateFunction', code, undefined],
    [admin, 'UpdateFunction', code, 'function-owner-only'],
    [admin, 'DisableFunction', code, undefined],
    [bank, 'GetFunctionPayload', code, 'deny-by-default'],
    [bank, 'CreateTask', code, undefined],
    [user('x', 'DataOwner', 'others'), 'CreateTask', code, 'deny-by-default'],
    [bank, 'CreateTask', { ...code, public: true, disabled: true }, 'function-disabled'],
    [bank, 'GetTask', task, undefined],
    [admin, 'GetTask', task, 'task-participants-only'],
    [bank, 'InvokeTask', task, 'task-creator-only'],
    [bank, 'SetTaskOptions', task, 'task-creator-only'],
    [bank, 'GetTaskReport', task, undefined],
    [vendor, 'GetTaskReport', task, undefined],
    [admin, 'GetTaskReport', task, 'deny-by-default'],
    [admin, 'CancelTask', task, undefined],
    [bank, 'CancelTask', task, 'deny-by-default'],
    [manager, 'UserRegister', target('DataOwner', 'banks'), undefined],
    [manager, 'UserRegister', target('DataOwner', 'others'), 'deny-by-default'],
    [manager, 'UserUpdate', target('PlatformAdmin', ''), 'deny-by-default'],
    [vendor, 'UserRegister', target('DataOwnerManager', 'any'), undefined],
    [vendor, 'UserUpdate', target('DataOwnerManager', 'any'), 'deny-by-default'],
    [bank, 'DeleteUser', target('DataOwner', 'banks'), 'deny-by-default'],
  ] as const)('%j %s %j', (caller, action, resource, denied) => {
    expect(ask(caller, action, resource)).toBe(denied);
  });
});

describe('policies', () => {
  it('that do not parse, have no id or do not fit the schema stop the start', () => {
    const { policies, schema } = readPolicies();
    expect(() => new CedarAccessControl({ policies: `${policies} permit(`, schema })).toThrow(/do not parse/);
    expect(
      () => new CedarAccessControl({ policies: 'permit(principal, action, resource);', schema }),
    ).toThrow(/no @id/);
    const typo = '@id("x") permit(principal, action, resource is Task) when { resource.creater == "a" };';
    expect(() => new CedarAccessControl({ policies: typo, schema })).toThrow(/not valid: x: /);
  });
});
