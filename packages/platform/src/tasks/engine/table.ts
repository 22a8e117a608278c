/**
 * The life of a task (contract 3.6 to 3.8) as one table: state x operation -> next state, or the code of a refusal.
 *
 * The engine decides by it, docs/tasks.md is drawn from it, and the tests walk through every cell.
 */
import {
  type FirstRun,
  hasAllData,
  missingUsers,
  type Stateless,
  type TaskOutcome,
  type TaskRecord,
} from '../../domain/index.ts';
import type { PlatformErrorCode } from '../../refusals.ts';
import * as guards from './guards.ts';
import * as change from './operations.ts';
import type { State, Status } from './states.ts';

/** What an operation starts from, and what it is given. */
export interface Operations {
  create: [undefined, change.CreateTask];
  assign: [TaskRecord, change.GiveData];
  replace: [TaskRecord, change.GiveData];
  'set options': [TaskRecord, change.SetOptions];
  approve: [TaskRecord, change.ApproveTask];
  'apply agreement': [TaskRecord, change.ApplyAgreement];
  invoke: [TaskRecord, change.InvokeTask];
  lease: [TaskRecord, object];
  'await second run': [TaskRecord, { readonly first: FirstRun }];
  finish: [TaskRecord, { readonly outcome: TaskOutcome }];
  fail: [TaskRecord, { readonly reason?: string }];
  requeue: [TaskRecord, { readonly counts: boolean }];
  refuse: [TaskRecord, object];
  void: [TaskRecord, guards.Obstacles];
  cancel: [TaskRecord, object];
  decline: [TaskRecord, change.DeclineTask];
}
export type Operation = keyof Operations;
export type Before<O extends Operation> = Operations[O][0];
export type Input<O extends Operation> = Operations[O][1];

/** A question to the changed task, where one operation leads to more than one state. */
export interface Condition {
  readonly name: string;
  readonly holds: (task: Stateless) => boolean;
}

/** A next state; the first whose condition holds. */
export interface Branch {
  readonly to: Status;
  readonly when?: Condition;
}

export interface Row<From, Given> {
  /** Who begins it. */
  readonly actor: string;
  /** The states that it may begin in, and where it leads. */
  readonly from: Readonly<Partial<Record<State, readonly [...Branch[], Branch]>>>;
  /** The refusal in every other state. */
  readonly otherwise: PlatformErrorCode;
  readonly sentence: string;
  /** What is looked at, in this order: 'state' is the look into `from`. The first objection is the answer. */
  readonly checks: readonly ('state' | guards.Guard<Given, From>)[];
  /** Everything but the state. */
  readonly change: (before: From, given: Given) => Stateless;
  /** Further codes: of what was given, and of manifests that nobody could approve. */
  readonly refuses?: readonly PlatformErrorCode[];
  /** The type of its event in the log. */
  readonly event: string;
  /** What becomes of the task's item in the work queue, in the same commit. */
  readonly queue?: 'enqueue' | 'lease' | 'release' | 'remove';
}
export type Table = { readonly [O in Operation]: Row<Before<O>, Input<O>> };

const allData: Condition = { name: 'every slot has data', holds: hasAllData };
const allApproved: Condition = {
  name: 'every participant has approved',
  holds: (task) => missingUsers(task).length === 0,
};

const byScheduler = {
  actor: 'scheduler',
  otherwise: 'step-not-due',
  sentence: 'The task has ended, or waits for another worker.',
} as const;
const slotRefusals = ['unknown-slot', 'not-the-owner', 'owners-mismatch', 'output-written'] as const;

export const table: Table = {
  create: {
    actor: 'creator',
    from: { absent: [{ to: 'Created' }] },
    otherwise: 'step-not-due',
    sentence: 'There is a task of this id already.',
    checks: ['state'],
    change: change.createdTask,
    refuses: [
      'bad-executor',
      'bad-arguments',
      'arguments-too-large',
      'arguments-mismatch',
      'slots-mismatch',
      'slot-without-owner',
    ],
    event: 'task-created',
  },
  assign: {
    actor: 'participant',
    from: { Created: [{ to: 'DataAssigned', when: allData }, { to: 'Created' }] },
    otherwise: 'not-assignable',
    sentence: 'Data can be assigned only while slots are empty; to change what is assigned, replace it.',
    checks: [guards.byParticipant, 'state'],
    change: change.withData,
    refuses: [...slotRefusals, 'slot-taken'],
    event: 'data-assigned',
  },
  replace: {
    actor: 'participant',
    from: {
      Created: [{ to: 'DataAssigned', when: allData }, { to: 'Created' }],
      DataAssigned: [{ to: 'DataAssigned' }],
      Approved: [{ to: 'DataAssigned' }],
    },
    otherwise: 'not-replaceable',
    sentence: 'The task was invoked or has ended: its data cannot be replaced any more.',
    checks: [guards.byParticipant, 'state'],
    change: change.withOtherData,
    refuses: slotRefusals,
    event: 'data-replaced',
  },
  'set options': {
    actor: 'creator',
    from: {
      Created: [{ to: 'Created' }],
      DataAssigned: [{ to: 'DataAssigned' }],
      Approved: [{ to: 'DataAssigned' }],
    },
    otherwise: 'options-not-changeable',
    sentence: 'The task was invoked or has ended: its options cannot be changed any more.',
    checks: [guards.byCreator, 'state'],
    change: change.withOptions,
    refuses: ['limit-out-of-range', 'bad-log-reader'],
    event: 'task-options-set',
  },
  approve: {
    actor: 'participant',
    from: {
      Created: [{ to: 'Approved', when: allApproved }, { to: 'DataAssigned' }],
      DataAssigned: [{ to: 'Approved', when: allApproved }, { to: 'DataAssigned' }],
    },
    otherwise: 'not-approvable',
    sentence: 'The task cannot be approved: it is approved, was invoked or has ended.',
    checks: [
      'state',
      guards.somethingToApprove,
      guards.byParticipant,
      guards.sameManifest,
      guards.signedByItsKey,
      guards.keysWhereRequired,
    ],
    change: change.withApproval,
    refuses: ['manifest-too-large'],
    event: 'task-approved',
  },
  'apply agreement': {
    actor: 'creator',
    from: {
      Created: [{ to: 'Approved' }],
      DataAssigned: [{ to: 'Approved' }],
      Approved: [{ to: 'Approved' }],
    },
    otherwise: 'not-approvable',
    sentence: 'The task cannot be approved: it was invoked or has ended.',
    checks: [guards.byCreator, 'state', guards.agreementStands],
    change: change.underAgreement,
    refuses: ['nothing-to-approve', 'outside-agreement', 'manifest-too-large', 'owners-mismatch'],
    event: 'agreement-applied',
  },
  invoke: {
    actor: 'creator',
    from: {
      Created: [{ to: 'Staged' }],
      DataAssigned: [{ to: 'Staged' }],
      Approved: [{ to: 'Staged' }],
    },
    otherwise: 'not-invocable',
    sentence: 'The task was invoked already, or has ended.',
    checks: [
      guards.byCreator,
      guards.functionEnabled,
      guards.withinQuota,
      'state',
      guards.nothingMissing,
      guards.outputsFree,
      guards.ofThisEpoch,
      guards.everybodyIsThere,
      guards.agreementStands,
      guards.approvedByAll,
      guards.keysWhereRequired,
      guards.nativeIsOffered,
      guards.workersForRepeat,
    ],
    change: change.withInvocation,
    refuses: ['manifest-too-large'],
    event: 'task-invoked',
    queue: 'enqueue',
  },
  lease: {
    ...byScheduler,
    from: { Staged: [{ to: 'Running' }] },
    checks: ['state'],
    change: change.withNextAttempt,
    event: 'task-leased',
    queue: 'lease',
  },
  'await second run': {
    ...byScheduler,
    from: { Running: [{ to: 'Staged' }] },
    checks: ['state', guards.firstOfTwo],
    change: change.withFirstRun,
    event: 'task-ran-first',
    queue: 'release',
  },
  finish: {
    ...byScheduler,
    from: { Running: [{ to: 'Finished' }] },
    checks: ['state'],
    change: change.withOutcome,
    event: 'task-finished',
    queue: 'remove',
  },
  fail: {
    ...byScheduler,
    from: { Running: [{ to: 'Failed' }] },
    checks: ['state', guards.noAttemptsLeft],
    change: change.withLastAttemptLost,
    event: 'task-failed',
    queue: 'remove',
  },
  requeue: {
    ...byScheduler,
    from: { Running: [{ to: 'Staged' }] },
    checks: ['state', guards.attemptsLeft],
    change: change.withFormerAttempt,
    event: 'task-requeued',
    queue: 'release',
  },
  refuse: {
    ...byScheduler,
    from: { Staged: [{ to: 'Finished' }] },
    checks: ['state'],
    change: change.withoutWorker,
    event: 'task-finished',
    queue: 'remove',
  },
  void: {
    ...byScheduler,
    from: { Staged: [{ to: 'Failed' }] },
    checks: ['state', guards.mayNotRun],
    change: change.withObstacle,
    event: 'task-voided',
    queue: 'remove',
  },
  cancel: {
    actor: 'creator or administrator',
    from: {
      Created: [{ to: 'Canceled' }],
      DataAssigned: [{ to: 'Canceled' }],
      Approved: [{ to: 'Canceled' }],
      Staged: [{ to: 'Canceled' }],
      Running: [{ to: 'Canceled' }],
    },
    otherwise: 'not-cancelable',
    sentence: 'The task has ended already.',
    checks: ['state'],
    change: change.withCancellation,
    event: 'task-canceled',
    queue: 'remove',
  },
  decline: {
    actor: 'participant',
    from: {
      Created: [{ to: 'Canceled' }],
      DataAssigned: [{ to: 'Canceled' }],
      Approved: [{ to: 'Canceled' }],
      Staged: [{ to: 'Canceled' }],
    },
    otherwise: 'not-declinable',
    sentence: 'The task runs already, or has ended: nobody can decline it any more.',
    checks: [guards.byParticipant, 'state'],
    change: change.withDecline,
    refuses: ['bad-decline-reason'],
    event: 'task-declined',
    queue: 'remove',
  },
};

/** In the order of the table. */
export const operations: readonly Operation[] = [
  'create',
  'assign',
  'replace',
  'set options',
  'approve',
  'apply agreement',
  'invoke',
  'lease',
  'await second run',
  'finish',
  'fail',
  'requeue',
  'refuse',
  'void',
  'cancel',
  'decline',
];
