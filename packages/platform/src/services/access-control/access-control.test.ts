import { describe, expect, it } from 'vitest';
import type { RoleName } from '../../domain/records.ts';
import { PlatformError } from '../../errors.ts';
import type { AccessQuestion, AccountFacts } from '../../ports.ts';
import { subjectOf, subjectsOf } from '../../testing/subjects.ts';
import { CedarAccessControl } from './access-control.ts';

const access = new CedarAccessControl();
const user = (id: string, name: RoleName, attribute = ''): AccessQuestion['caller'] => ({
  id,
  subject: subjectOf(id),
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

/** What docs/threat-model.md says that each role can do, row by row: who is let, and what refuses the others. */
describe('every role, row by row', () => {
  const data = { type: 'Data', id: 'input-1', owners: subjectsOf('bank', 'other') } as const;
  const own = { ...data, owners: subjectsOf('bank') };
  const code = {
    type: 'Function',
    id: 'function-1',
    owner: subjectOf('vendor'),
    public: false,
    codeHidden: false,
    disabledBy: undefined,
    groups: ['banks'],
    people: subjectsOf('other'),
  } as const;
  const open = { ...code, public: true };
  const hidden = { ...open, codeHidden: true };
  const disabled = { ...open, disabledBy: 'owner' } as const;
  const banned = { ...open, disabledBy: 'administrator' } as const;
  const task = {
    type: 'Task',
    id: 'task-1',
    creator: subjectOf('analyst'),
    participants: subjectsOf('analyst', 'bank'),
    logReaders: subjectsOf('vendor'),
  } as const;
  const account = (name: RoleName, attribute: string, more: Partial<AccountFacts> = {}): AccountFacts => ({
    type: 'Account',
    id: 'target',
    subject: subjectOf('target'),
    role: { name, attribute },
    ...more,
  });
  const newOne = (name: RoleName, attribute: string, groupMadeBy?: string): AccountFacts => ({
    type: 'Account',
    id: 'new',
    role: { name, attribute },
    ...(groupMadeBy !== undefined && { groupMadeBy: subjectOf(groupMadeBy) }),
  });
  const invited = account('DataOwner', 'banks', { invitedTo: 'banks' });
  const registered = account('DataOwner', 'banks');
  const moved = account('DataOwner', 'banks', { invitedTo: 'others' });
  const otherAdmin = account('PlatformAdmin', '');
  const everybody = {
    admin,
    vendor,
    manager,
    bank,
    other: user('other', 'DataOwner', 'others'),
    analyst: user('analyst', 'DataOwner', 'analysts'),
    // The name of the bank, its role and its group: another account.
    again: { ...bank, subject: subjectOf('bank', 1) },
  };
  type Who = keyof typeof everybody;
  const D = 'deny-by-default';

  it.each<[string, string, AccessQuestion['resource'], readonly Who[], string]>([
    ['reads a data record', 'GetInputFile', data, ['bank', 'other'], 'data-owners-only'],
    ['downloads data', 'CreateDownload', data, ['bank', 'other'], 'data-owners-only'],
    ['changes the place of data', 'UpdateInputFile', own, ['bank'], 'data-owners-only'],
    [
      'changes it alone where it is shared',
      'UpdateInputFile',
      { ...data, owners: subjectsOf('x') },
      [],
      'data-owners-only',
    ],
    ['deletes data', 'DeleteData', data, ['bank', 'other'], 'data-owners-only'],
    ['reads about a private function', 'GetFunction', code, ['admin', 'vendor', 'other'], D],
    ['reads its code', 'GetFunctionPayload', code, ['admin', 'vendor'], D],
    ['reads hidden code that everybody may use', 'GetFunctionPayload', hidden, ['admin', 'vendor'], D],
    ['hides its code', 'UpdateHiddenFunction', code, ['vendor'], 'function-owner-only'],
    ['reads the code of a task', 'GetTaskCode', task, ['analyst', 'bank'], 'task-participants-only'],
    ['publishes a version', 'UpdateFunction', code, ['vendor'], 'function-owner-only'],
    ['deletes a function', 'DeleteFunction', code, ['vendor'], 'function-owner-only'],
    ['disables a function', 'DisableFunction', code, ['admin', 'vendor'], D],
    ['enables what its owner disabled', 'EnableFunction', disabled, ['vendor'], D],
    ['enables what an administrator disabled', 'EnableFunction', banned, ['admin'], D],
    ['enables what is enabled', 'EnableFunction', code, [], D],
    ['uses a private function', 'CreateTask', code, ['admin', 'manager', 'bank', 'again', 'other'], D],
    ['uses a disabled one', 'CreateTask', disabled, [], 'function-disabled'],
    ['uses one that an administrator disabled', 'CreateTask', banned, [], 'function-disabled'],
    ['reads a task', 'GetTask', task, ['analyst', 'bank'], 'task-participants-only'],
    ['reads a manifest', 'GetManifest', task, ['analyst', 'bank'], 'task-participants-only'],
    ['watches a task', 'WatchTask', task, ['analyst', 'bank'], 'task-participants-only'],
    ['deletes a task', 'DeleteTask', task, ['analyst', 'bank'], 'task-participants-only'],
    ['approves', 'ApproveTask', task, ['analyst', 'bank'], 'task-participants-only'],
    ['approves a digest', 'ApproveManifest', task, ['analyst', 'bank'], 'task-participants-only'],
    ['assigns data', 'AssignData', task, ['analyst', 'bank'], 'task-participants-only'],
    ['replaces data', 'ReplaceData', task, ['analyst', 'bank'], 'task-participants-only'],
    ['invokes', 'InvokeTask', task, ['analyst'], 'task-creator-only'],
    ['sets options', 'SetTaskOptions', task, ['analyst'], 'task-creator-only'],
    ['reads report and log', 'GetTaskReport', task, ['analyst', 'bank', 'vendor'], D],
    ['cancels a task', 'CancelTask', task, ['admin', 'analyst'], D],
    ['registers an administrator', 'UserRegister', newOne('PlatformAdmin', ''), ['admin'], D],
    ['registers a function owner', 'UserRegister', newOne('FunctionOwner', ''), ['admin'], D],
    ['registers a member', 'UserRegister', newOne('DataOwner', 'banks', 'admin'), ['admin', 'manager'], D],
    ['registers one of another group', 'UserRegister', newOne('DataOwner', 'x'), ['admin'], D],
    [
      'invites a manager into nobody’s group',
      'UserRegister',
      newOne('DataOwnerManager', 'x'),
      ['admin', 'vendor'],
      D,
    ],
    [
      '… into one that the vendor made',
      'UserRegister',
      newOne('DataOwnerManager', 'x', 'vendor'),
      ['admin', 'vendor'],
      D,
    ],
    ['… into others’', 'UserRegister', newOne('DataOwnerManager', 'banks', 'admin'), ['admin'], D],
    ['resets an invited member', 'ResetUserPassword', invited, ['admin', 'manager'], D],
    ['resets a member that others registered', 'ResetUserPassword', registered, ['admin'], D],
    ['resets one invited elsewhere', 'ResetUserPassword', moved, ['admin'], D],
    ['updates an invited member', 'UserUpdate', invited, ['admin', 'manager'], D],
    ['updates a member that others registered', 'UserUpdate', registered, ['admin'], D],
    ['raises somebody to administrator', 'UserUpdate', newOne('PlatformAdmin', ''), ['admin'], D],
    ['deletes an invited member', 'DeleteUser', invited, ['admin', 'manager'], D],
    ['deletes a member that others registered', 'DeleteUser', registered, ['admin'], D],
    [
      'resets a manager',
      'ResetUserPassword',
      account('DataOwnerManager', 'banks', { invitedTo: 'banks' }),
      ['admin'],
      D,
    ],
    ['resets a function owner', 'ResetUserPassword', account('FunctionOwner', ''), ['admin'], D],
    ['lists a group', 'ListUsers', newOne('DataOwner', 'banks'), ['admin', 'manager'], D],
    ['lists a group in pages', 'ListUserIds', newOne('DataOwner', 'banks'), ['admin', 'manager'], D],
    ['changes another’s password', 'UserChangePassword', registered, [], D],
  ])('%s', (_what, action, resource, allowed, denial) => {
    const answers = Object.entries(everybody).map(([name, caller]) => [name, ask(caller, action, resource)]);
    const admitted = answers.filter(([, denied]) => denied === undefined).map(([name]) => name);
    expect(new Set(admitted)).toEqual(new Set<string>(allowed));
    for (const [, denied] of answers) if (denied !== undefined) expect(denied).toBe(denial);
  });

  it.each(['UserUpdate', 'ResetUserPassword', 'DeleteUser'])(
    '%s of an administrator is for itself alone',
    (action) => {
      expect(ask(admin, action, otherAdmin)).toBe('users-administrators-alone');
      expect(ask(admin, action, { ...otherAdmin, subject: subjectOf('root') })).toBeUndefined();
      for (const caller of [vendor, manager, bank]) expect(ask(caller, action, otherAdmin)).toBeDefined();
    },
  );

  it('an account changes its own password, not that of another of its name', () => {
    const self = account('DataOwner', 'banks', { subject: subjectOf('bank') });
    expect(ask(bank, 'UserChangePassword', self)).toBeUndefined();
    expect(ask(everybody.again, 'UserChangePassword', self)).toBe(D);
  });

  it('a group is no person, and a person no group', () => {
    const named = user('x', 'DataOwner', subjectOf('other'));
    expect(ask(named, 'CreateTask', code)).toBe(D);
    const member = { ...user('banks', 'DataOwner', 'x') };
    expect(ask(member, 'CreateTask', code)).toBe(D);
  });
});

describe('policies', () => {
  it('that do not parse stop the start', () => {
    expect(() => new CedarAccessControl({ policies: { x: 'permit(' }, actions: {} })).toThrow(/do not parse/);
  });

  it('that ask for what is not there deny', () => {
    const typo = '@id("x") permit(principal, action, resource is Task) when { resource.creater == "a" };';
    const lenient = new CedarAccessControl({ policies: { x: typo }, actions: { GetTask: [] } });
    const task = { type: 'Task', id: 't', creator: bank.subject, participants: [], logReaders: [] } as const;
    expect(lenient.permits({ caller: bank, action: 'GetTask', resource: task })).toBe(false);
  });

  it('are those of one instance, whatever another in the process has', () => {
    const open = '@id("x") permit(principal, action, resource);';
    const actions = { UserRegister: [] };
    const [ours, theirs] = [
      new CedarAccessControl(),
      new CedarAccessControl({ policies: { x: open }, actions }),
    ];
    const asked = { caller: bank, action: 'UserRegister' } as const;
    expect([ours.permits(asked), theirs.permits(asked)]).toEqual([false, true]);
  });
});
