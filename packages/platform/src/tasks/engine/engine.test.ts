import { hasEnded } from '@gaiwan/protocol';
import { describe, expect, it } from 'vitest';
import {
  type AgreementRecord,
  approveAgreement,
  approvedUsers,
  type DataRecord,
  defaultTaskMaxima,
  finalApprovals,
  manifestDigest,
  missingUsers,
  proposeAgreement,
  type TaskRecord,
  type TaskSlot,
} from '../../domain/index.ts';
import { PlatformError } from '../../errors.ts';
import { subjectOf, subjectsOf } from '../../testing/subjects.ts';
import { data, definition, newTask, record } from '../../testing/tasks.ts';
import { isDue, perform } from './engine.ts';
import { withPresentKeys } from './present-keys.ts';
import { type State, stateOf, states } from './states.ts';
import { type Operation, operations, table } from './table.ts';

const give = (by: string, slot: string, what: DataRecord) => ({
  by: subjectOf(by),
  inputs: what.id.startsWith('input-') ? [{ slot, data: what }] : [],
  outputs: what.id.startsWith('output-') ? [{ slot, data: what }] : [],
});
const assign = (task: TaskRecord, by: string, slot: string, what: DataRecord) =>
  perform('assign', task, give(by, slot, what));
const approve = (task: TaskRecord, by: string, digest?: Uint8Array) =>
  perform('approve', task, { by: subjectOf(by), ...(digest && { digest }) });
const invoke = (task: TaskRecord, by = 'carl', more: object = {}) =>
  perform('invoke', task, {
    by: subjectOf(by),
    function: record,
    used: 0,
    gone: [],
    takenOutputs: [],
    twoWorkers: true,
    offered: true,
    share: ['all-of:carl', 'user:carl'],
    epoch: 1,
    ...more,
  });

/** An agreement of tasks like the sample, approved by all. */
const agreementLike = (task: TaskRecord): AgreementRecord => {
  const proposed = proposeAgreement({
    id: 'agreement-1',
    by: subjectOf('carl'),
    epoch: 1,
    task,
    callers: [task.creator],
    keyed: [],
    anyArguments: [],
    anyData: [],
    uses: 2,
    from: 0,
    until: 100,
  });
  const digest = Buffer.from(proposed.digest, 'hex');
  return proposed.participants.reduce((record, by) => approveAgreement(record, { by, digest }), proposed);
};
const applyAgreement = (task: TaskRecord, agreement: AgreementRecord, now = 1) =>
  perform('apply agreement', task, { by: subjectOf('carl'), agreement, inputs: [], now });

const created = newTask();
const almost = assign(
  assign(created, 'ann', 'in-ann', data('input', 'ann')),
  'ben',
  'in-ben',
  data('input', 'ben'),
);
const assigned = assign(almost, 'ann', 'out', data('output', 'ann'));
const approved = ['ann', 'ben', 'carl'].reduce((task, user) => approve(task, user), assigned);
const staged = invoke(approved);
const running = perform('lease', staged, {});
const lastTry = { ...running, attempt: 3 };
const twice = { ...running, repeat: true };
const agreement = agreementLike(assigned);
const outcome = { ok: true, returnValue: new Uint8Array(), tags: {}, log: [] } as const;
const finished = perform('finish', running, { outcome });
const canceled = perform('cancel', approved, {});
const failed = perform('fail', lastTry, {});
const noSlots = { ...created, inputs: [], outputs: [] };
const samples = {
  created,
  almost,
  noSlots,
  assigned,
  approved,
  staged,
  running,
  lastTry,
  twice,
  finished,
  canceled,
  failed,
};

const first = { worker: 'w0', digests: { returnValue: new Uint8Array(), outputs: {} } };
const attempts: { readonly [O in Operation]: (task: TaskRecord) => TaskRecord } = {
  create: (task) =>
    // Only a test asks for it: the type says that there is no task yet.
    perform('create', task as unknown as undefined, {
      id: task.id,
      epoch: 1,
      by: subjectOf('carl'),
      function: record,
      definition,
      executor: 'builtin',
      arguments: '{}',
      inputs: [],
      outputs: [],
      limits: task.limits,
    }),
  assign: (task) => assign(task, 'ann', 'out', data('output', 'ann')),
  replace: (task) => perform('replace', task, give('ann', 'in-ann', data('input', 'ann', 2))),
  'set options': (task) =>
    perform('set options', task, {
      by: subjectOf('carl'),
      options: { repeat: true },
      maxima: defaultTaskMaxima,
    }),
  approve: (task) => approve(task, 'ben'),
  'apply agreement': (task) => applyAgreement(task, agreement),
  invoke: (task) => invoke(task),
  lease: (task) => perform('lease', task, {}),
  'await second run': (task) => perform('await second run', task, { first }),
  finish: (task) => perform('finish', task, { outcome }),
  fail: (task) => perform('fail', task, {}),
  requeue: (task) => perform('requeue', task, { counts: true }),
  refuse: (task) => perform('refuse', task, {}),
  void: (task) => perform('void', task, { gone: subjectsOf('ben') }),
  cancel: (task) => perform('cancel', task, {}),
  decline: (task) => perform('decline', task, { by: subjectOf('ben'), reason: 'not now' }),
};

function resultOf(operation: Operation, task: TaskRecord): string {
  try {
    return stateOf(attempts[operation](task));
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    return error.code;
  }
}

const allOf = (task: TaskRecord) =>
  Object.fromEntries(operations.map((operation) => [operation, resultOf(operation, task)]));

/** What Teaclave's contract and ours say, written down without the table. */
describe('every operation in every state', () => {
  const ended = {
    create: 'step-not-due',
    assign: 'not-assignable',
    replace: 'not-replaceable',
    'set options': 'options-not-changeable',
    approve: 'not-approvable',
    'apply agreement': 'not-approvable',
    invoke: 'not-invocable',
    lease: 'step-not-due',
    'await second run': 'step-not-due',
    finish: 'step-not-due',
    fail: 'step-not-due',
    requeue: 'step-not-due',
    refuse: 'step-not-due',
    void: 'step-not-due',
    cancel: 'not-cancelable',
    decline: 'not-declinable',
  };
  const open = { ...ended, cancel: 'Canceled', decline: 'Canceled' };
  const leased = { ...open, decline: 'not-declinable', finish: 'Finished', requeue: 'Staged' };
  it.each<[keyof typeof samples, State, Record<Operation, string>]>([
    [
      'created',
      'Created',
      {
        ...open,
        assign: 'Created',
        replace: 'Created',
        'set options': 'Created',
        'apply agreement': 'nothing-to-approve',
        invoke: 'data-missing',
      },
    ],
    [
      'almost',
      'Created',
      {
        ...open,
        assign: 'DataAssigned',
        replace: 'Created',
        'set options': 'Created',
        'apply agreement': 'nothing-to-approve',
        invoke: 'data-missing',
      },
    ],
    [
      'noSlots',
      'Created',
      {
        ...open,
        assign: 'unknown-slot',
        replace: 'unknown-slot',
        'set options': 'Created',
        approve: 'DataAssigned',
        'apply agreement': 'outside-agreement',
        invoke: 'approvals-missing',
      },
    ],
    [
      'assigned',
      'DataAssigned',
      {
        ...open,
        replace: 'DataAssigned',
        'set options': 'DataAssigned',
        approve: 'DataAssigned',
        'apply agreement': 'Approved',
        invoke: 'approvals-missing',
      },
    ],
    [
      'approved',
      'Approved',
      {
        ...open,
        replace: 'DataAssigned',
        'set options': 'DataAssigned',
        'apply agreement': 'Approved',
        invoke: 'Staged',
      },
    ],
    ['staged', 'Staged', { ...open, lease: 'Running', refuse: 'Finished', void: 'Failed' }],
    ['running', 'Running', leased],
    ['lastTry', 'Running', { ...leased, requeue: 'step-not-due', fail: 'Failed' }],
    ['twice', 'Running', { ...leased, 'await second run': 'Staged' }],
    ['finished', 'Finished', ended],
    ['canceled', 'Canceled', ended],
    ['failed', 'Failed', ended],
  ])('%s (%s)', (sample, state, expected) => {
    expect(stateOf(samples[sample])).toBe(state);
    expect(allOf(samples[sample])).toEqual(expected);
  });

  it('begins with a creation, and ends where nothing leads out', () => {
    expect(operations.filter((operation) => isDue(operation, undefined))).toEqual(['create']);
    expect(new Set(Object.values(samples).map(stateOf))).toEqual(
      new Set(states.filter((state) => state !== 'absent')),
    );
    for (const task of Object.values(samples)) {
      const out = operations.filter((operation) => isDue(operation, task));
      expect(hasEnded(task.status), stateOf(task)).toBe(out.length === 0);
    }
  });
});

describe('the table', () => {
  it('has a row for each operation, in the order that is told', () => {
    expect(Object.keys(table)).toEqual(operations);
  });

  it('leads somewhere from each cell, whatever its conditions say, and looks at the state exactly once', () => {
    for (const operation of operations) {
      const { from, checks } = table[operation];
      for (const branches of Object.values(from)) expect(branches.at(-1)?.when).toBeUndefined();
      expect(
        (checks as readonly unknown[]).filter((check) => check === 'state'),
        operation,
      ).toHaveLength(1);
    }
  });
});

describe('a task', () => {
  it('has as participants its owners of data, its creator, and the owner of a private function', () => {
    expect(created.participants).toEqual(subjectsOf('ann', 'ben', 'carl'));
    expect(newTask({ public: false }).participants).toEqual(subjectsOf('ann', 'ben', 'carl', 'vendor'));
  });

  it('names who has not approved', () => {
    const half = approve(assigned, 'ann');
    expect(missingUsers(half)).toEqual(subjectsOf('ben', 'carl'));
    expect(() => invoke(half)).toThrow(
      expect.objectContaining({ code: 'approvals-missing', subjects: ['ben', 'carl'] }),
    );
  });

  it('is not invoked with approvals of another manifest, whoever left them there', () => {
    const changed = { ...approved, limits: { ...approved.limits, files: 1 } };
    expect(approvedUsers(changed)).toEqual(subjectsOf('ann', 'ben', 'carl'));
    expect(missingUsers(changed)).toEqual(subjectsOf('ann', 'ben', 'carl'));
    expect(() => invoke(changed)).toThrow(expect.objectContaining({ code: 'approvals-missing' }));
  });

  it('that has no manifest of bearable length is refused before anybody runs it', () => {
    const many = Array.from({ length: 10_000 }, (_, index) => `u${String(index).padStart(5, '0')}`);
    const huge = { ...noSlots, participants: subjectsOf('carl', ...many) };
    const tooLarge = expect.objectContaining({ code: 'manifest-too-large' });
    expect(() => invoke(huge)).toThrow(tooLarge);
    expect(() => approve(huge, 'carl')).toThrow(tooLarge);
  });

  it('of one person alone needs no approval', () => {
    const alone = { ...noSlots, participants: subjectsOf('carl') };
    expect(stateOf(invoke(alone))).toBe('Staged');
    expect(stateOf(approve(alone, 'carl'))).toBe('Approved');
  });

  it('shows workers an approval of everybody: of one person alone, the invocation', () => {
    const alone = invoke({ ...noSlots, participants: subjectsOf('carl') });
    expect(approvedUsers(alone)).toEqual([]);
    expect(finalApprovals(alone)).toEqual([
      { participant: subjectOf('carl'), digest: manifestDigest(alone).hex },
    ]);
    expect(finalApprovals(invoke(approved))).toEqual(approved.approvals);
  });

  it('is invoked, and its options set, by its creator only', () => {
    const denied = expect.objectContaining({ code: 'not-the-creator', wire: 'permission denied' });
    expect(() => invoke(approved, 'ann')).toThrow(denied);
    const options = { by: subjectOf('ann'), options: {}, maxima: defaultTaskMaxima };
    expect(() => perform('set options', approved, options)).toThrow(denied);
  });

  it('is invoked within the quota of its function, which is looked at before its state', () => {
    const quota = { function: { ...record, quota: 2 } };
    expect(stateOf(invoke(approved, 'carl', { ...quota, used: 1 }))).toBe('Staged');
    for (const task of [approved, created, finished])
      expect(() => invoke(task, 'carl', { ...quota, used: 2 })).toThrow(
        expect.objectContaining({ code: 'quota-used-up' }),
      );
  });

  it('that is to run twice is invoked where there are two workers', () => {
    const twoRuns = { ...noSlots, participants: subjectsOf('carl'), repeat: true };
    expect(stateOf(invoke(twoRuns))).toBe('Staged');
    expect(() => invoke(twoRuns, 'carl', { twoWorkers: false })).toThrow(
      expect.objectContaining({ code: 'repeat-needs-two-workers' }),
    );
    expect(stateOf(invoke(approved, 'carl', { twoWorkers: false }))).toBe('Staged');
  });

  it('that names the native executor is invoked where that is offered; of others it is a matter of the run', () => {
    const native = { ...noSlots, participants: subjectsOf('carl'), executor: 'onnx-native' };
    expect(stateOf(invoke(native))).toBe('Staged');
    expect(() => invoke(native, 'carl', { offered: false })).toThrow(
      expect.objectContaining({
        code: 'executor-not-offered',
        message: expect.stringMatching(
          /\/onnx-native: ask the operator .*--onnxruntime.* "builtin"\.$/,
        ) as string,
      }),
    );
    expect(stateOf(invoke(approved, 'carl', { offered: false }))).toBe('Staged');
  });

  it('is not invoked with an output that another task has, or that two of its slots have', () => {
    const [slot] = approved.outputs;
    const id = slot?.data?.id ?? '';
    const taken = expect.objectContaining({
      code: 'output-taken',
      wire: 'failed to invoke task',
      subjects: [id],
    });
    expect(() => invoke(approved, 'carl', { takenOutputs: [id] })).toThrow(taken);
    const twiceIn = { ...approved, outputs: [...approved.outputs, { ...slot, name: 'out-2' }] } as TaskRecord;
    const alone = { ...twiceIn, participants: subjectsOf('carl') };
    expect(() => invoke(alone)).toThrow(taken);
    expect(stateOf(invoke(approved, 'carl', { takenOutputs: ['output-of-others'] }))).toBe('Staged');
  });

  it('is not invoked when a participant is gone, who is named, or its function is disabled', () => {
    expect(() => invoke(approved, 'carl', { gone: subjectsOf('ben') })).toThrow(
      expect.objectContaining({ code: 'participants-gone', subjects: ['ben'] }),
    );
    expect(() => invoke(approved, 'carl', { epoch: 2 })).toThrow(
      expect.objectContaining({ code: 'older-epoch' }),
    );
    for (const disabledBy of ['owner', 'administrator'])
      expect(() => invoke(approved, 'carl', { function: { ...record, disabledBy } })).toThrow(
        expect.objectContaining({ code: 'function-disabled' }),
      );
  });

  it('that was invoked is ended where it may not run any more, and says why', () => {
    const reasonOf = (given: Parameters<typeof perform<'void'>>[2]) => perform('void', staged, given).outcome;
    expect(reasonOf({ gone: subjectsOf('ann', 'ben') })).toMatchObject({
      ok: false,
      reason: expect.stringContaining('ann, ben') as string,
    });
    expect(reasonOf({ gone: [], function: { ...record, disabledBy: 'administrator' } })).toMatchObject({
      reason: 'function-1 was disabled by an administrator.',
    });
    expect(() => perform('void', staged, { gone: [], function: record })).toThrow(
      expect.objectContaining({ code: 'step-not-due' }),
    );
  });

  it.each([
    ['a slot that it does not have', 'ann', 'nothing', data('input', 'ann'), 'unknown-slot'],
    ["another's data", 'ben', 'in-ben', data('input', 'ann'), 'not-the-owner'],
    ["data for another's slot", 'ann', 'in-ben', data('input', 'ann'), 'owners-mismatch'],
    ['data of a stranger', 'eve', 'in-ann', data('input', 'eve'), 'not-a-participant'],
  ])('refuses %s', (_what, user, slot, given, code) => {
    expect(() => assign(created, user, slot, given)).toThrow(
      expect.objectContaining({ code, wire: 'permission denied' }),
    );
  });

  it('refuses an output that a task has written, and a slot that has data already', () => {
    const written = { ...data('output', 'ann'), tag: new Uint8Array(16) };
    expect(() => assign(created, 'ann', 'out', written)).toThrow(
      expect.objectContaining({ code: 'output-written' }),
    );
    expect(() => assign(almost, 'ann', 'in-ann', data('input', 'ann', 2))).toThrow(
      expect.objectContaining({ code: 'slot-taken' }),
    );
  });

  it('can be approved only by the digest that was looked at', () => {
    const { digest } = manifestDigest(assigned);
    expect(approve(assigned, 'ann', digest).approvals).toEqual([
      { participant: subjectOf('ann'), digest: digest.toString('hex') },
    ]);
    expect(() => approve(attempts.replace(assigned), 'ann', digest)).toThrow(
      expect.objectContaining({ code: 'manifest-changed' }),
    );
  });

  it('has no approvals after a change of data or options', () => {
    expect(attempts.replace(approved).approvals).toEqual([]);
    expect(attempts['set options'](approved).approvals).toEqual([]);
  });

  it('counts the attempts that workers gave up, anew for the second run', () => {
    expect(perform('requeue', running, { counts: true }).attempt).toBe(1);
    expect(perform('requeue', lastTry, { counts: false }).attempt).toBe(2);
    expect(perform('await second run', { ...twice, attempt: 3 }, { first }).attempt).toBe(0);
  });
});

describe("a manifest's digest", () => {
  const digest = (task: TaskRecord) => manifestDigest(task).hex;
  const [input] = assigned.inputs;
  const given = input?.data;
  if (!given) throw new Error('the task has no input');
  const withData = (change: Partial<typeof given>): TaskSlot => ({ ...input, data: { ...given, ...change } });
  it.each<[string, Partial<TaskRecord>]>([
    ['code', { function: { ...assigned.function, version: '22'.repeat(32) } }],
    ['arguments', { arguments: '{"x":1}' }],
    ['data', { inputs: [withData({ id: 'input-other' })] }],
    ['content of data', { inputs: [withData({ tag: '11'.repeat(16) })] }],
    ['schema of data', { inputs: [withData({ schema: 'aes-gcm-256' })] }],
    ['key or place of data', { inputs: [withData({ commitment: '11'.repeat(32) })] }],
    ['owners of data', { inputs: [{ ...input, owners: subjectsOf('ben') }] }],
    ['participants', { participants: subjectsOf('ann', 'ben', 'carl', 'eve') }],
    ['limits', { limits: { ...assigned.limits, timeMs: 1 } }],
    ['creator', { creator: subjectOf('ann') }],
    ['executor', { executor: 'mesapy' }],
  ])('changes with the %s', (_what, change) => {
    expect(digest({ ...assigned, ...change })).not.toBe(digest(assigned));
  });

  it('does not change with what is no part of the agreement', () => {
    expect(digest(running)).toBe(digest(assigned));
  });
});

describe('a standing agreement', () => {
  const covered = applyAgreement(assigned, agreement);
  const denied = (code: string) => expect.objectContaining({ name: 'PlatformError', code });

  it('approves for all of its participants, and the manifest names it', () => {
    expect(missingUsers(covered)).toEqual([]);
    expect(stateOf(invoke(covered, 'carl', { agreement, now: 1 }))).toBe('Staged');
    expect(manifestDigest(covered).hex).not.toBe(manifestDigest(assigned).hex);
    expect(new Set(covered.approvals.map(({ digest }) => digest))).toEqual(
      new Set([manifestDigest(covered).hex]),
    );
  });

  it.each<[string, Partial<AgreementRecord>, number]>([
    ['is revoked', { revoked: { by: subjectOf('ben'), at: 1 } }, 1],
    ['lacks an approval', { approvals: agreement.approvals.slice(1) }, 1],
    ['is used up', { used: 2 }, 1],
    ['has ended', {}, 101],
    ['has not begun', { from: 50 }, 1],
  ])('that %s approves nothing, and has nothing run', (_, change, now) => {
    const changed = { ...agreement, ...change };
    expect(() => applyAgreement(assigned, changed, now)).toThrow(denied('agreement-void'));
    expect(() => invoke(covered, 'carl', { agreement: changed, now })).toThrow(denied('agreement-void'));
  });

  it('that is gone has nothing run', () => {
    expect(() => invoke(covered)).toThrow(denied('agreement-void'));
  });

  it('is the creator’s to apply', () => {
    const given = { by: subjectOf('ben'), agreement, inputs: [], now: 1 };
    expect(() => perform('apply agreement', assigned, given)).toThrow(denied('not-the-creator'));
  });

  it('is forgotten by a task that becomes another: data, options, keys', () => {
    const replaced = perform('replace', covered, give('ann', 'in-ann', data('input', 'ann', 2)));
    const options = { by: subjectOf('carl'), options: { repeat: true }, maxima: defaultTaskMaxima };
    const keyed = withPresentKeys(covered, [{ subject: subjectOf('ann'), key: '00'.repeat(32) }]);
    for (const task of [replaced, perform('set options', covered, options), keyed]) {
      expect(task.agreement).toBeUndefined();
      expect(task.approvals).toEqual([]);
      expect(stateOf(task)).toBe('DataAssigned');
    }
    expect(() => applyAgreement(keyed, agreement)).toThrow(denied('outside-agreement'));
  });

  it('covers a sole participant without a key too: invoking it is no approval of its own', () => {
    const alone = { ...newTask(), inputs: [], outputs: [], participants: [subjectOf('carl')] };
    const own = agreementLike(alone);
    const task = applyAgreement(alone, own);
    expect(finalApprovals({ ...task, invoked: manifestDigest(task).hex })).toEqual(task.approvals);
  });
});
