/** What a task waits for, and who can do it: by the same guards that an invocation meets. */
import { type gaiwan, hasEnded, nameOf, type Subject, TaskStatus } from '@gaiwan/protocol';
import {
  emptySlots,
  type FunctionRecord,
  keys,
  limits,
  missingUsers,
  namesOf,
  pairOf,
  type TaskRecord,
  type TaskSlot,
  type UserRecord,
} from '../../domain/index.ts';
import { PlatformError } from '../../errors.ts';
import type { Handlers } from '../../pipeline/handlers.ts';
import { query } from '../../pipeline/method.ts';
import { seesResults } from '../../pipeline/signatures.ts';
import type { QueryCall } from '../../pipeline/spec.ts';
import { rolesThatMay } from '../../policy/roles.ts';
import { epochOf } from '../../state/epoch.ts';
import * as guards from '../../tasks/engine/guards.ts';
import { takenOutputs } from '../../tasks/outputs.ts';
import { usesOf } from '../../tasks/usage.ts';
import type { ManagementContext } from './context.ts';
import { onTask } from './resources.ts';

/** One thing that is in the way. */
interface Obstacle {
  /** A code of docs/errors.md, or one of the waits that docs/finding.md names. */
  readonly reason: string;
  readonly subject: string;
  /** Names of users, `administrator` or `operator`. */
  readonly who: readonly string[];
  readonly remedy: string;
}

type Call = QueryCall<unknown, TaskRecord>;

export const explainTask = (context: ManagementContext): Handlers<typeof gaiwan.TaskService>['explainTask'] =>
  query({
    action: 'ExplainTask',
    resource: onTask,
    run: async (call) => {
      const { resource: task, proof } = call;
      const { status, outcome, declined } = task;
      const most = limits.obstacles.value;
      // What a function says when it fails is a result. That a task was cancelled is none.
      const isTold = seesResults(proof) || status === TaskStatus.Canceled;
      const obstacles = hasEnded(status) ? [] : await obstaclesOf(context, call);
      return {
        status,
        obstacles: obstacles.slice(0, most).map(({ who, ...obstacle }) => ({
          ...obstacle,
          who: who.slice(0, limits.obstacleNames.value),
        })),
        furtherObstacles: Math.max(0, obstacles.length - most),
        endedBecause: outcome?.ok === false && isTold ? outcome.reason : '',
        declinedBy: declined ? nameOf(declined.by) : '',
        declinedBecause: declined?.reason ?? '',
      };
    },
  });

function obstaclesOf(context: ManagementContext, call: Call): Promise<Obstacle[]> | Obstacle[] {
  const { resource: task } = call;
  if (task.status === TaskStatus.Running)
    return [
      { reason: 'running', subject: task.id, who: [], remedy: `It runs (attempt ${task.attempt}): wait.` },
    ];
  if (task.status === TaskStatus.Staged) return [workerOf(context, task)];
  return beforeInvocation(context, call);
}

function workerOf({ scheduler }: ManagementContext, task: TaskRecord): Obstacle {
  const subject = pairOf(task);
  return scheduler.hasAbleWorkerFor(task)
    ? {
        reason: 'worker-busy',
        subject,
        who: [],
        remedy: 'Workers that can run it are busy with tasks that come before it: wait.',
      }
    : {
        reason: 'worker-missing',
        subject,
        who: ['operator'],
        remedy: `No worker is able to run ${subject}: the operator starts one (gaiwan serve --workers, --executors).`,
      };
}

/** In the order in which they are met. */
async function beforeInvocation(context: ManagementContext, call: Call): Promise<Obstacle[]> {
  const { resource: task, read } = call;
  try {
    missingApprovers(task);
  } catch (error) {
    return unapprovable(task, error);
  }
  const from = { read: <T>(key: Parameters<typeof read.record>[0]) => read.record<T>(key) };
  const accounts = await read.accounts(task.participants);
  const fn = await read.record<FunctionRecord>(keys.function(task.function.id));
  const given = {
    by: task.creator,
    epoch: await epochOf(from),
    gone: await read.gone(task.participants),
    requireKeys: accounts.some((account) => account.requireKeys === true),
    takenOutputs: await takenOutputs(
      { ...from, has: async (key) => (await context.store.get(key)) !== undefined },
      task,
    ),
    twoWorkers: !task.repeat || context.scheduler.hasTwoWorkersFor(task),
  };
  const creator = [nameOf(task.creator)];
  const found = [
    ...objections(task, guards.ofThisEpoch, given, () => creator),
    ...objections(task, guards.everybodyIsThere, given, () => creator),
    ...(fn ? await ofFunction(context, task, fn) : [functionGone(task, creator)]),
    ...objections(task, guards.nothingMissing, given, (slot) => ownersOf(task, (one) => one.name === slot)),
    ...rolesMissing(context, task, accounts),
    ...objections(task, guards.outputsFree, given, (id) => ownersOf(task, (one) => one.data?.id === id)),
    ...approvalsMissing(task),
    ...objections(task, guards.keysWhereRequired, given, (user) => [user]),
    ...objections(task, guards.workersForRepeat, given, () => ['operator', ...creator]),
    ...(await quotaOf(context, from, task)),
  ];
  if (found.length > 0) return found;
  const remedy = `Everything is there: ${creator[0]} starts it (gaiwan tasks invoke ${task.id}).`;
  return [{ reason: 'invocation-missing', subject: task.id, who: creator, remedy }];
}

/** What a guard objects to: once for each of those that it names. */
function objections<Given>(
  task: TaskRecord,
  guard: guards.Guard<Given>,
  given: NoInfer<Given>,
  who: (subject: string) => readonly string[],
): Obstacle[] {
  const objection = guard.objection(task, given);
  if (!objection) return [];
  const { remedy } = new PlatformError(guard.code, objection.sentence);
  return (objection.subjects ?? [task.id]).map((subject) => ({
    reason: guard.code,
    subject,
    who: who(subject),
    remedy: remedies[guard.code]?.(task, subject) ?? remedy,
  }));
}

/** What is typed. */
const remedies: Readonly<Record<string, ((task: TaskRecord, subject: string) => string) | undefined>> = {
  'data-missing': (task, slot) =>
    `Its owner assigns data to ${slot}: gaiwan tasks assign ${task.id} --${isInput(task, slot) ? 'input' : 'output'} ${slot}=DATA.`,
  'approvals-missing': (task, user) =>
    `${user} looks at the manifest and approves it: gaiwan tasks approve ${task.id}.`,
  'output-taken': (task, id) =>
    `An output is written once: its owner replaces it by another (gaiwan tasks replace ${task.id}, in place of ${id}).`,
  'keys-required': (_task, user) => `${user} registers a key of its own: gaiwan keys, docs/keys.md.`,
};

const isInput = ({ inputs }: TaskRecord, slot: string) => inputs.some(({ name }) => name === slot);

const slotsOf = ({ inputs, outputs }: TaskRecord): readonly TaskSlot[] => [...inputs, ...outputs];

const ownersOf = (task: TaskRecord, isMeant: (slot: TaskSlot) => boolean): string[] => [
  ...new Set(
    slotsOf(task)
      .filter(isMeant)
      .flatMap(({ owners }) => namesOf(owners)),
  ),
];

/** Who has not approved what there is to approve: until every slot has its data, nobody. Throws where nobody ever could. */
const missingApprovers = (task: TaskRecord): readonly Subject[] =>
  emptySlots(task).length > 0 ? [] : missingUsers(task);

function approvalsMissing(task: TaskRecord): Obstacle[] {
  return namesOf(missingApprovers(task)).map((user) => ({
    reason: 'approvals-missing',
    subject: user,
    who: [user],
    remedy: remedies['approvals-missing']?.(task, user) ?? '',
  }));
}

/** Too long, or with too many entries: nobody can approve it. */
function unapprovable({ id, creator }: TaskRecord, error: unknown): Obstacle[] {
  if (!(error instanceof PlatformError && error.code === 'manifest-too-large')) throw error;
  return [{ reason: error.code, subject: id, who: [nameOf(creator)], remedy: error.remedy }];
}

const functionGone = ({ function: { id } }: TaskRecord, who: readonly string[]): Obstacle => ({
  reason: 'unknown-function',
  subject: id,
  who,
  remedy: 'The function was deleted: create another task, of a function that is there.',
});

async function ofFunction(
  { store }: ManagementContext,
  task: TaskRecord,
  fn: FunctionRecord,
): Promise<Obstacle[]> {
  const used = fn.quota < 0 ? 0 : await usesOf(store, fn.id);
  const owner = [nameOf(fn.owner)];
  const byWhom = fn.disabledBy === 'administrator' ? ['administrator'] : owner;
  return [
    ...objections(task, guards.functionEnabled, { function: fn }, () => byWhom),
    ...objections(task, guards.withinQuota, { function: fn, used }, () => owner),
  ].map((one) => ({ ...one, subject: fn.id }));
}

/** Who is to do something that its role may not do. */
function rolesMissing(
  { access }: ManagementContext,
  task: TaskRecord,
  accounts: readonly UserRecord[],
): Obstacle[] {
  const awaited = new Set(slotsOf(task).flatMap(({ data, owners }) => (data ? [] : owners)));
  const asked: (readonly [action: string, who: ReadonlySet<Subject>])[] = [
    ['AssignData', awaited],
    ['ApproveManifest', new Set(missingApprovers(task))],
    ['InvokeTask', new Set([task.creator])],
  ];
  return asked.flatMap(([action, who]) =>
    accounts
      .filter(
        ({ subject, id, role }) =>
          who.has(subject) && !access.permits({ caller: { id, subject, role }, action }),
      )
      .map(({ id, subject, role }) => {
        const roles = rolesThatMay((question) => access.permits(question), {
          caller: { id, subject, role },
          action,
        });
        return {
          reason: 'role-missing',
          subject: id,
          who: ['administrator'],
          remedy: `${id} has the role ${role.name}, and ${action} takes ${roles.join(' or ')}: an administrator gives roles (gaiwan users update ${id}).`,
        };
      }),
  );
}

/** Of the creator, for whom the result counts. */
async function quotaOf(
  { holdings }: ManagementContext,
  from: { readonly read: <T>(key: Parameters<Call['read']['record']>[0]) => Promise<T | undefined> },
  { creator }: TaskRecord,
): Promise<Obstacle[]> {
  try {
    await holdings.requireSome(from, creator);
    return [];
  } catch (error) {
    if (!(error instanceof PlatformError && error.code === 'storage-quota')) throw error;
    const { remedy } = error;
    return [
      { reason: error.code, subject: nameOf(creator), who: [nameOf(creator), 'administrator'], remedy },
    ];
  }
}
