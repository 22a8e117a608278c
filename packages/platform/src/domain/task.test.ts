import { TaskStatus } from '@gaiwan/protocol';
import { describe, expect, it } from 'vitest';
import { PlatformError } from '../errors.ts';
import { data, newTask } from '../testing/tasks.ts';
import { approvedUsers, finalApprovals, manifestDigest, missingUsers } from './manifest.ts';
import type { TaskRecord, TaskSlot } from './records.ts';
import * as domain from './task.ts';

const created = newTask();
const assigned = [
  (task: TaskRecord) => domain.assignData(task, 'ann', [{ slot: 'in-ann', data: data('input', 'ann') }], []),
  (task: TaskRecord) => domain.assignData(task, 'ben', [{ slot: 'in-ben', data: data('input', 'ben') }], []),
  (task: TaskRecord) => domain.assignData(task, 'ann', [], [{ slot: 'out', data: data('output', 'ann') }]),
].reduce((task, step) => step(task), created);
const approved = ['ann', 'ben', 'carl'].reduce((task, user) => domain.approveTask(task, user), assigned);
const staged = domain.invokeTask(approved, 'carl');
const running = domain.runTask(staged);
const finished = domain.finishTask(running, { ok: true, returnValue: new Uint8Array(), tags: {}, log: [] });
const canceled = domain.cancelTask(approved);
const failed = domain.failTask(running, 'Runtime Error: Executor Timeout');
const states = { created, assigned, approved, staged, running, finished, canceled, failed };

const operations: Record<string, (task: TaskRecord) => TaskRecord> = {
  assign: (task) => domain.assignData(task, 'ann', [{ slot: 'in-ann', data: data('input', 'ann') }], []),
  replace: (task) => domain.replaceData(task, 'ann', [{ slot: 'in-ann', data: data('input', 'ann', 2) }], []),
  approve: (task) => domain.approveTask(task, 'ben'),
  invoke: (task) => domain.invokeTask(task, 'carl'),
  cancel: (task) => domain.cancelTask(task),
};

const name = (status: number) =>
  Object.entries(TaskStatus).find(([, value]) => value === status)?.[0] as string;

function outcome(operation: string, task: TaskRecord): string {
  try {
    return name((operations[operation] as (task: TaskRecord) => TaskRecord)(task).status);
  } catch (error) {
    expect(error).toBeInstanceOf(PlatformError);
    return (error as PlatformError).code;
  }
}

describe('every operation in every state', () => {
  const [assign, replace, approve, invoke, cancel] = [
    'not-assignable',
    'not-replaceable',
    'not-approvable',
    'not-invocable',
    'not-cancelable',
  ];
  it.each([
    //            assign        replace         approve         invoke               cancel
    ['created', ['Created', 'Created', approve, 'data-missing', 'Canceled']],
    ['assigned', [assign, 'DataAssigned', 'DataAssigned', 'approvals-missing', 'Canceled']],
    ['approved', [assign, 'DataAssigned', approve, 'Staged', 'Canceled']],
    ['staged', [assign, replace, approve, invoke, 'Canceled']],
    ['running', [assign, replace, approve, invoke, 'Canceled']],
    ['finished', [assign, replace, approve, invoke, cancel]],
    ['canceled', [assign, replace, approve, invoke, cancel]],
    ['failed', [assign, replace, approve, invoke, cancel]],
  ] as const)('%s', (state, expected) => {
    expect(Object.keys(operations).map((operation) => outcome(operation, states[state]))).toEqual(expected);
  });
});

describe('a task', () => {
  it('has as participants its owners of data, its creator, and the owner of a private function', () => {
    expect(created.participants).toEqual(['ann', 'ben', 'carl']);
    expect(newTask({ public: false }).participants).toEqual(['ann', 'ben', 'carl', 'vendor']);
  });

  it('names who has not approved', () => {
    const half = domain.approveTask(assigned, 'ann');
    expect(missingUsers(half, manifestDigest(half).hex)).toEqual(['ben', 'carl']);
    expect(() => domain.invokeTask(half, 'carl')).toThrow(
      expect.objectContaining({ code: 'approvals-missing', subjects: ['ben', 'carl'] }),
    );
  });

  it('is not invoked with approvals of another manifest, whoever left them there', () => {
    const changed = { ...approved, limits: { ...approved.limits, files: 1 } };
    expect(approvedUsers(changed)).toEqual(['ann', 'ben', 'carl']);
    expect(missingUsers(changed, manifestDigest(changed).hex)).toEqual(['ann', 'ben', 'carl']);
    expect(() => domain.invokeTask(changed, 'carl')).toThrow(
      expect.objectContaining({ code: 'approvals-missing' }),
    );
  });

  it('that has no manifest of bearable length is refused before anybody runs it', () => {
    const huge = {
      ...assigned,
      inputs: [],
      outputs: [],
      participants: ['carl'],
      arguments: 'x'.repeat(16 << 20),
    };
    expect(() => domain.invokeTask(huge, 'carl')).toThrow(
      expect.objectContaining({ code: 'manifest-too-large' }),
    );
  });

  it('of one person alone needs no approval', () => {
    const alone = { ...assigned, inputs: [], outputs: [], participants: ['carl'] };
    const invoked = domain.invokeTask(alone, 'carl');
    expect(invoked.status).toBe(TaskStatus.Staged);
    expect(approvedUsers(invoked)).toEqual([]);
    // The invocation is the approval.
    const { hex } = manifestDigest(alone);
    expect(finalApprovals(invoked)).toEqual([{ participant: 'carl', digest: hex }]);
    expect(finalApprovals(staged)).toEqual(staged.approvals);
  });

  it('is invoked by its creator only', () => {
    expect(() => domain.invokeTask(approved, 'ann')).toThrow(
      expect.objectContaining({ code: 'not-the-creator', wire: 'permission denied' }),
    );
  });

  it.each([
    ['a slot that it does not have', 'ann', 'nothing', data('input', 'ann'), 'unknown-slot'],
    ["another's data", 'ben', 'in-ben', data('input', 'ann'), 'not-the-owner'],
    ["data for another's slot", 'ann', 'in-ben', data('input', 'ann'), 'owners-mismatch'],
    ['data of a stranger', 'eve', 'in-ann', data('input', 'eve'), 'not-a-participant'],
  ])('refuses %s', (_what, user, slot, given, code) => {
    expect(() => domain.assignData(created, user, [{ slot, data: given }], [])).toThrow(
      expect.objectContaining({ code, wire: 'permission denied' }),
    );
  });

  it('refuses an output that a task has written', () => {
    const written = { ...data('output', 'ann'), tag: new Uint8Array(16) };
    expect(() => domain.assignData(created, 'ann', [], [{ slot: 'out', data: written }])).toThrow(
      expect.objectContaining({ code: 'output-written' }),
    );
  });

  it('can be approved only by the digest that was looked at', () => {
    const { digest } = manifestDigest(assigned);
    expect(domain.approveTask(assigned, 'ann', digest).approvals).toEqual([
      { participant: 'ann', digest: manifestDigest(assigned).hex },
    ]);
    const replaced = (operations['replace'] as (task: TaskRecord) => TaskRecord)(assigned);
    expect(() => domain.approveTask(replaced, 'ann', digest)).toThrow(
      expect.objectContaining({ code: 'manifest-changed' }),
    );
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
    ['owners of data', { inputs: [{ ...input, owners: ['ben'] }] }],
    ['participants', { participants: ['ann', 'ben', 'carl', 'eve'] }],
    ['limits', { limits: { ...assigned.limits, timeMs: 1 } }],
    ['creator', { creator: 'ann' }],
    ['executor', { executor: 'mesapy' }],
  ])('changes with the %s', (_what, change) => {
    expect(digest({ ...assigned, ...change })).not.toBe(digest(assigned));
  });

  it('does not change with what is no part of the agreement', () => {
    expect(digest(running)).toBe(digest(assigned));
  });
});
