import { TaskStatus } from '@gaiwan/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AskedOptions,
  defaultTaskLimits,
  defaultTaskMaxima,
  mayReadLog,
  type TaskRecord,
} from '../../domain/index.ts';
import { subjectOf, subjectsOf } from '../../testing/subjects.ts';
import { definition, newTask, record } from '../../testing/tasks.ts';
import { perform } from './engine.ts';

const task: TaskRecord = {
  ...newTask(),
  status: TaskStatus.Approved,
  approvals: subjectsOf('ann', 'ben', 'carl').map((participant) => ({
    participant,
    digest: '11'.repeat(32),
  })),
};
const set = (options: AskedOptions, who = 'carl', before = task) =>
  perform('set options', before, { by: subjectOf(who), options, maxima: defaultTaskMaxima });

describe('options of a task', () => {
  it('are the creator’s to set, and void every approval', () => {
    const next = set({ limits: { timeMs: 5 }, logs: ['function-owner', 'creator', 'creator'], repeat: true });
    expect(next).toMatchObject({
      limits: { ...defaultTaskLimits, timeMs: 5 },
      logs: ['creator', 'function-owner'],
      repeat: true,
      approvals: [],
      status: TaskStatus.DataAssigned,
    });
    expect(() => set({}, 'ann')).toThrow(expect.objectContaining({ code: 'not-the-creator', grpc: 7 }));
  });

  it('that are not named stay', () => {
    const first = set({ logs: ['creator'], repeat: true });
    expect(set({ limits: { files: 3 } }, 'carl', first)).toMatchObject({ logs: ['creator'], repeat: true });
    expect(set({ logs: [], repeat: false }, 'carl', first)).toMatchObject({ logs: [], repeat: false });
  });

  it('leave a task without data in its state', () => {
    expect(set({ repeat: true }, 'carl', newTask()).status).toBe(TaskStatus.Created);
  });

  it.each([TaskStatus.Staged, TaskStatus.Running, TaskStatus.Finished, TaskStatus.Canceled])(
    'cannot be set in state %i',
    (status) => {
      expect(() => set({ repeat: true }, 'carl', { ...task, status })).toThrow(
        expect.objectContaining({ code: 'options-not-changeable' }),
      );
    },
  );

  it.each([
    [{ logs: ['everybody'] }, 'bad-log-reader'],
    [{ limits: { timeMs: 0 } }, 'limit-out-of-range'],
    [{ limits: { memoryMiB: 1.5 } }, 'limit-out-of-range'],
    [{ limits: { logBytes: Number.NaN } }, 'limit-out-of-range'],
    [{ limits: { outputBytes: defaultTaskMaxima.outputBytes + 1 } }, 'limit-out-of-range'],
    [{ limits: { unheard: 1 } as never }, 'limit-out-of-range'],
  ])('%j are refused', (options, code) => {
    expect(() => set(options)).toThrow(expect.objectContaining({ code }));
  });

  it('never get a limit beyond the operator’s', () => {
    const some = fc.record(
      Object.fromEntries(
        Object.keys(defaultTaskMaxima).map((name) => [name, fc.oneof(fc.double(), fc.integer())]),
      ),
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(some, (limits) => {
        let next: TaskRecord;
        try {
          next = set({ limits });
        } catch (error) {
          expect(error).toMatchObject({ code: 'limit-out-of-range' });
          return;
        }
        for (const [name, value] of Object.entries(next.limits) as [
          keyof typeof defaultTaskMaxima,
          number,
        ][]) {
          expect(Number.isInteger(value) && value > 0 && value <= defaultTaskMaxima[name]).toBe(true);
        }
      }),
    );
  });
});

describe('Teaclave’s argument for a log', () => {
  const withArgument = (argument: string, allowOverwrite = true, defaultValue = '') =>
    perform('create', undefined, {
      id: 'task-1',
      epoch: 1,
      by: subjectOf('carl'),
      function: record,
      definition: {
        ...definition,
        inputs: [],
        outputs: [],
        arguments: [{ key: 'save_log', defaultValue, allowOverwrite }],
      },
      executor: 'builtin',
      arguments: argument,
      inputs: [],
      outputs: [],
      limits: defaultTaskLimits,
    }).logs;

  it('is the text "true", and makes the creator its reader', () => {
    expect(withArgument('{"save_log":"true"}')).toEqual(['creator']);
    expect(withArgument('{}', false, 'true')).toEqual(['creator']);
    expect(withArgument('{"save_log":true}')).toEqual([]);
    expect(withArgument('{"save_log":"false"}')).toEqual([]);
  });
});

it('a log is read by those whom the manifest names', () => {
  const readers = (logs: TaskRecord['logs']) =>
    ['ann', 'carl', 'vendor', 'eve'].filter((user) => mayReadLog({ ...task, logs }, subjectOf(user)));
  expect(readers([])).toEqual([]);
  expect(readers(['creator'])).toEqual(['carl']);
  expect(readers(['function-owner'])).toEqual(['vendor']);
  expect(readers(['creator', 'function-owner'])).toEqual(['carl', 'vendor']);
});
