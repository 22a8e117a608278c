/** Whatever people and scheduler do in whatever order: a task keeps its promises, and goes only where the table leads. */
import { hasEnded, nameOf, type Subject, TaskStatus } from '@gaiwan/protocol';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  type AgreementRecord,
  approvedUsers,
  defaultTaskMaxima,
  hasAllData,
  manifestDigest,
  missingUsers,
  proposeAgreement,
  type TaskRecord,
} from '../../domain/index.ts';
import { PlatformError } from '../../errors.ts';
import { TestKey } from '../../testing/keys.ts';
import { subjectOf } from '../../testing/subjects.ts';
import { data, newTask, record } from '../../testing/tasks.ts';
import { perform } from './engine.ts';
import type { Guard } from './guards.ts';
import { stateOf, states } from './states.ts';
import { type Operation, operations, table } from './table.ts';

const [ann, ben, carl, eve] = ['ann', 'ben', 'carl', 'eve'].map((name) => subjectOf(name)) as [
  Subject,
  Subject,
  Subject,
  Subject,
];
/** Ann's, where she has one. */
const key = new TestKey();
const people = [ann, ben, carl, eve] as const;
const rare: readonly Operation[] = [
  'apply agreement',
  'replace',
  'set options',
  'cancel',
  'decline',
  'refuse',
  'void',
  'fail',
  'finish',
];
const walked = operations.filter((operation) => operation !== 'create');
const step = fc.record({
  what: fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...walked.filter((operation) => !rare.includes(operation))) },
    { weight: 1, arbitrary: fc.constantFrom(...rare) },
  ),
  /** Undefined: whoever may do it, else a walk would seldom get far. */
  someone: fc.oneof(
    { weight: 9, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constantFrom(...people) },
  ),
  slot: fc.oneof(
    { weight: 20, arbitrary: fc.constantFrom('in-ann', 'in-ben', 'out') },
    { weight: 1, arbitrary: fc.constant('nothing') },
  ),
  number: fc.integer({ min: 1, max: 3 }),
  /** Mostly what does not stand in the way. */
  odd: fc.integer({ min: 0, max: 7 }).map((value) => value === 0),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const sample = newTask();
/** Of a task with its data, by which it is approved; `other`: one of other tasks. */
function agreementOf(task: TaskRecord, other: boolean): AgreementRecord {
  const { agreement: _, ...like } = hasAllData(task) ? task : { ...sample, inputs: [], outputs: [] };
  const proposed = proposeAgreement({
    id: 'agreement-1',
    by: carl,
    epoch: 1,
    task: other ? { ...like, limits: { ...like.limits, files: 1 } } : like,
    callers: [carl],
    keyed: [],
    anyArguments: [],
    anyData: [],
    uses: 1,
    from: 0,
    until: 100,
  });
  return {
    ...proposed,
    approvals: proposed.participants.map((participant) => ({ participant, digest: proposed.digest })),
  };
}

const nextApprover = (task: TaskRecord) =>
  task.participants.find((user) => !approvedUsers(task).includes(user));

function whoOf(task: TaskRecord, { what, someone, slot }: Step): Subject {
  if (someone) return someone;
  if (what === 'assign' || what === 'replace') return slot === 'in-ben' ? ben : ann;
  return what === 'approve' ? (nextApprover(task) ?? task.creator) : carl;
}

function apply(task: TaskRecord, by: Subject, { what, slot, number, odd }: Step): TaskRecord {
  const given = [{ slot, data: data(slot === 'out' ? 'output' : 'input', nameOf(by), number) }];
  const [inputs, outputs] = slot === 'out' ? [[], given] : [given, []];
  switch (what) {
    case 'assign':
    case 'replace':
      return perform(what, task, { by, inputs, outputs });
    case 'set options': {
      const options = odd ? { limits: { files: 0 } } : { repeat: number === 1 };
      return perform(what, task, { by, options, maxima: defaultTaskMaxima });
    }
    case 'approve':
      return perform(what, task, {
        by,
        ...(odd && number === 1 && { digest: new Uint8Array(32) }),
        ...(odd && number === 2 && { requireKeys: true }),
        ...(by === ann && !odd && { signature: key.approve(ann, task.id, '00'.repeat(32)) }),
      });
    case 'apply agreement':
      return perform(what, task, {
        by,
        agreement: agreementOf(task, odd),
        inputs: [],
        now: odd && number === 1 ? 200 : 1,
      });
    case 'invoke':
      return perform(what, task, {
        by,
        ...(task.agreement && !(odd && number === 3) && { agreement: agreementOf(task, false) }),
        now: 1,
        function: {
          ...record,
          quota: 5,
          ...(odd && number === 2 && slot === 'in-ben' && { disabledBy: 'owner' }),
        },
        used: odd ? number + 2 : 0,
        gone: odd && number === 1 && slot === 'in-ben' ? [ben] : [],
        takenOutputs:
          odd && number === 1 && slot === 'out' ? task.outputs.flatMap(({ data: one }) => one?.id ?? []) : [],
        offered: !odd,
        twoWorkers: !odd,
        share: [],
        epoch: odd && number === 2 && slot !== 'in-ben' ? 2 : 1,
      });
    case 'await second run':
      return perform(what, task, {
        first: { worker: 'w', digests: { returnValue: new Uint8Array(), outputs: {} } },
      });
    case 'finish':
      return perform(what, task, { outcome: { ok: false, reason: '' } });
    case 'void':
      return perform(what, task, { gone: odd ? [] : [ben] });
    case 'decline':
      return perform(what, task, { by, reason: odd ? '' : 'not now' });
    case 'requeue':
      return perform(what, task, { counts: number > 1 });
    case 'create':
      throw new Error('a walk begins with a task');
    default:
      return perform(what, task, {});
  }
}

/** Codes that the table allows for an operation in the task's state. */
function codesOf(operation: Operation, task: TaskRecord): string[] {
  const { from, otherwise, checks, refuses = [] } = table[operation];
  const guards = (checks as readonly ('state' | Guard<never>)[]).flatMap((check) =>
    check === 'state' ? [] : [check.code],
  );
  return from[stateOf(task)] ? [...guards, ...refuses] : [...guards, otherwise];
}

const digestOf = (task: TaskRecord) => (hasAllData(task) ? manifestDigest(task).hex : undefined);

/** Cells that a walk has been through: state, operation, where it led. */
const seen = new Set<string>();

/** Not `expect`: a walk asks too often. */
function hold(promise: boolean, what: string): void {
  if (!promise) throw new Error(`broken: ${what}`);
}

function checkWalk(steps: readonly Step[], start: TaskRecord): void {
  let task = start;
  /** Which manifest each person approved last. */
  const approvedOf = new Map<Subject, string | undefined>();
  for (const next of steps) {
    const before = task;
    const who = whoOf(task, next);
    const cell = `${stateOf(before)}, ${next.what}`;
    try {
      task = apply(task, who, next);
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error;
      hold(codesOf(next.what, before).includes(error.code), `${cell}: ${error.code}`);
      seen.add(`${cell}: ${error.code}`);
      continue;
    }
    seen.add(`${cell}: ${stateOf(task)}`);
    const branches = table[next.what].from[stateOf(before)] ?? [];
    hold(
      branches.some(({ to }) => to === stateOf(task)),
      `${cell} leads to ${stateOf(task)}`,
    );
    hold(!hasEnded(before.status), `${cell} after the end`);
    const digest = digestOf(task);
    if (next.what === 'approve') approvedOf.set(who, digest);
    if (next.what === 'apply agreement') for (const one of task.participants) approvedOf.set(one, digest);
    hold(
      task.agreement === undefined || task.agreement.digest.length === 64,
      'an agreement is named by its digest',
    );
    for (const approval of task.approvals) {
      hold(approval.digest === digest, 'approvals are of the present manifest');
      hold(approvedOf.get(approval.participant) === digest, `${approval.participant} approved this manifest`);
    }
    hold(task.participants === before.participants, 'the same participants');
    hold(stateOf(task) !== 'Staged' || missingUsers(task).length === 0, 'staged with all approvals');
    hold(task.attempt >= 0 && task.attempt <= 3, `attempt ${task.attempt}`);
    for (const { data: given, owners } of [...task.inputs, ...task.outputs])
      hold(
        given === undefined || given.id.split('-')[1] === owners.map(nameOf)[0],
        'data of the owner of its slot',
      );
  }
}

it('keeps every approval tied to one manifest, every end final, and comes through every cell of the table', () => {
  const bare = { ...newTask(), inputs: [], outputs: [] };
  const alone = { ...bare, participants: [carl] };
  const starts = [
    newTask(),
    newTask(),
    { ...newTask(), keyed: [{ subject: ann, key: key.account.id }] },
    bare,
    alone,
    { ...alone, repeat: true },
    { ...alone, status: TaskStatus.DataAssigned },
    { ...alone, status: TaskStatus.Running, attempt: 3 },
  ];
  const steps = fc.array(step, { minLength: 20, maxLength: 80 });
  fc.assert(
    fc.property(steps, fc.constantFrom(...starts), (walk, start) => checkWalk(walk, start)),
    { numRuns: 2000, seed: 3 },
  );
  const led = walked.flatMap((operation) =>
    states.flatMap((state) => {
      if (state === 'absent') return [];
      const { from, otherwise } = table[operation];
      const ends = from[state]?.map(({ to }) => to) ?? [otherwise];
      return ends.map((end) => `${state}, ${operation}: ${end}`);
    }),
  );
  expect(led.filter((cell) => !seen.has(cell))).toEqual([]);
  // Every guard has objected somewhere, and every check of data and options but those that no walk gives occasion to.
  const codes = new Set([...seen].map((cell) => cell.split(': ')[1]));
  const all = walked.flatMap((operation) => starts.flatMap((start) => codesOf(operation, start)));
  const never = [
    'not-the-owner',
    'output-written',
    'bad-log-reader',
    'manifest-too-large',
    'executor-not-offered',
  ];
  expect([...new Set(all)].filter((code) => !codes.has(code))).toEqual(never);
});
