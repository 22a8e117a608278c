/** Tasks: create, assign, approve, invoke, cancel, watch (contract 3.6 to 3.8). */
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { frontend, gaiwan } from '@gaiwan/protocol';
import {
  type Assignment,
  approveTask,
  assignData,
  cancelTask,
  checkIvFree,
  checkQuota,
  createTask,
  type IvRecord,
  invokeTask,
  isEnded,
  isQueued,
  ivName,
  keys,
  limits,
  manifestDigest,
  missingApprovals,
  parseId,
  refuse,
  replaceData,
  TASK_QUEUE,
  type TaskRecord,
  usageLog,
} from '../../domain/index.ts';
import type { Caller, Handlers } from '../ports.ts';
import { type Event, readRecord, type Transaction } from '../transaction.ts';
import { asResource, inTransaction, type ManagementContext, Reading } from './context.ts';
import { pageOf } from './data.ts';
import { ownerLists, taskResult, taskView } from './task-view.ts';

type Frontend = Handlers<typeof frontend.TeaclaveFrontend>;
type TaskMethods = Pick<
  Frontend,
  'createTask' | 'getTask' | 'assignData' | 'approveTask' | 'invokeTask' | 'cancelTask'
>;
type DataMaps = readonly { readonly dataName: string; readonly dataId: string }[];

export function taskMethods(context: ManagementContext): TaskMethods {
  const { access, store } = context;
  const reading = new Reading(context);
  return {
    async createTask(caller, request) {
      const taskId = `task-${context.ids()}`;
      const record = await reading.function(request.functionId);
      access.require({ caller, action: 'CreateTask', resource: asResource.function(record) });
      const version = await reading.version(record.version);
      checkOwnerLists(request.inputsOwnership, request.outputsOwnership);
      const task = createTask(record, version, {
        id: taskId,
        creator: caller.id,
        executor: request.executor,
        arguments: request.functionArguments,
        inputs: ownerLists(request.inputsOwnership),
        outputs: ownerLists(request.outputsOwnership),
        limits: context.taskLimits,
      });
      return inTransaction(context, async (tx) => {
        writeTask(tx, task, {
          type: 'task-created',
          function: record.id,
          version: record.version,
          by: caller.id,
        });
        for (const user of task.participants) tx.mark(keys.userTask(user, taskId));
        return { taskId };
      });
    },

    async getTask(caller, { taskId }) {
      const task = await reading.task(taskId);
      access.require({ caller, action: 'GetTask', resource: asResource.task(task) });
      return taskView(task);
    },

    assignData: (caller, { taskId, inputs, outputs }) =>
      inTransaction(context, async (tx, read) => {
        const task = await read.task(taskId);
        access.require({ caller, action: 'AssignData', resource: asResource.task(task) });
        const next = assignData(
          task,
          caller.id,
          await found(read, inputs, 'input'),
          await found(read, outputs, 'output'),
        );
        await reserveIvs(tx, read, outputs);
        writeTask(tx, next, {
          type: 'data-assigned',
          by: caller.id,
          data: [...inputs, ...outputs].map(({ dataId }) => dataId),
        });
        return {};
      }),

    approveTask: (caller, { taskId }) => approve(context, caller, taskId),

    async invokeTask(caller, { taskId }) {
      await inTransaction(context, async (tx, read) => {
        const task = await read.task(taskId);
        access.require({ caller, action: 'InvokeTask', resource: asResource.task(task) });
        const record = await read.function(task.function.id);
        // A quota is counted under a record that every invocation writes; without one, invocations never meet.
        if (record.quota >= 0) {
          await tx.read(keys.quota(record.id));
          tx.put(keys.quota(record.id), {});
          checkQuota(record, await store.logLength(usageLog(record.id)));
        }
        const next = invokeTask(task, caller.id);
        writeTask(tx, next, { type: 'task-invoked', by: caller.id });
        tx.append(usageLog(record.id), Buffer.from(task.id));
        tx.queue({ op: 'enqueue', queue: TASK_QUEUE, id: task.id });
        return next;
      }).then((task) => {
        context.events.publish(task);
        context.scheduler.staged(task.id);
      });
      return {};
    },

    async cancelTask(caller, { taskId }) {
      const queued = await inTransaction(context, async (tx, read) => {
        const task = await read.task(taskId);
        access.require({ caller, action: 'CancelTask', resource: asResource.task(task) });
        if (isQueued(task)) return task.id;
        const next = cancelTask(task);
        writeTask(tx, next, { type: 'task-canceled', by: caller.id });
        return next;
      });
      if (typeof queued === 'string') await context.scheduler.cancel(queued);
      else context.events.publish(queued);
      return {};
    },
  };
}

/** gaiwan.v1.TaskService. */
export function taskServiceMethods(context: ManagementContext): Handlers<typeof gaiwan.TaskService> {
  const { access, events, store } = context;
  const reading = new Reading(context);
  return {
    async getManifest(caller, { taskId }) {
      const task = await reading.task(taskId);
      access.require({ caller, action: 'GetManifest', resource: asResource.task(task) });
      const { bytes, digest } = manifestDigest(task);
      return {
        manifest: bytes,
        digest,
        approvedUsers: [...task.approvals],
        missingUsers: missingApprovals(task),
        status: task.status,
      };
    },
    async approveManifest(caller, { taskId, digest }) {
      if (digest.length !== 32)
        throw refuse.invalid('bad-digest', `A digest has 32 bytes, this one has ${digest.length}.`);
      await approve(context, caller, taskId, digest);
      return {};
    },
    async replaceData(caller, { taskId, inputs, outputs }) {
      const task = await inTransaction(context, async (tx, read) => {
        const task = await read.task(taskId);
        access.require({ caller, action: 'ReplaceData', resource: asResource.task(task) });
        const next = replaceData(
          task,
          caller.id,
          await found(read, inputs, 'input'),
          await found(read, outputs, 'output'),
        );
        await reserveIvs(tx, read, outputs);
        writeTask(tx, next, {
          type: 'data-replaced',
          by: caller.id,
          data: [...inputs, ...outputs].map(({ dataId }) => dataId),
        });
        return next;
      });
      events.publish(task);
      return {};
    },
    watchTask: (caller, { taskId }, signal) => watch(context, caller, taskId, signal),
    async listTasks(caller, { pageToken, pageSize }) {
      const page = await store.scan(keys.userTasks(caller.id), pageOf(pageToken, pageSize));
      const tasks = await Promise.all(
        page.entries.map(({ key }) => readRecord<TaskRecord>(store, keys.task(key.at(-1) as string))),
      );
      return {
        items: tasks
          .filter((task) => task !== undefined)
          .map((task) => ({
            taskId: task.id,
            creator: task.creator,
            functionName: task.function.name,
            status: task.status,
          })),
        nextPageToken: page.next ?? '',
      };
    },
  };
}

async function approve(
  context: ManagementContext,
  caller: Caller,
  taskId: string,
  digest?: Uint8Array,
): Promise<object> {
  const task = await inTransaction(context, async (tx, read) => {
    const before = await read.task(taskId);
    context.access.require({
      caller,
      action: digest ? 'ApproveManifest' : 'ApproveTask',
      resource: asResource.task(before),
    });
    const next = approveTask(before, caller.id, digest);
    writeTask(tx, next, {
      type: 'task-approved',
      by: caller.id,
      digest: Buffer.from(manifestDigest(before).digest).toString('hex'),
    });
    return next;
  });
  context.events.publish(task);
  return {};
}

type WatchResponse = MessageInitShape<typeof gaiwan.TaskService.method.watchTask.output>;

async function* watch(
  context: ManagementContext,
  caller: Caller,
  taskId: string,
  signal: AbortSignal,
): AsyncGenerator<WatchResponse> {
  const id = parseId(taskId, 'task') ?? taskId;
  const view = (task: TaskRecord): WatchResponse => ({
    status: task.status,
    result: taskResult(task),
    attempt: task.attempt,
    approvedUsers: [...task.approvals],
  });
  // Subscribed before it is read, so that no change falls between.
  const ended = new AbortController();
  const changes = context.events.subscribe(id, AbortSignal.any([signal, ended.signal]));
  try {
    const task = await new Reading(context).task(taskId);
    context.access.require({ caller, action: 'WatchTask', resource: asResource.task(task) });
    yield view(task);
    if (isEnded(task)) return;
    for await (const change of changes) {
      yield view(change);
      if (isEnded(change)) return;
    }
  } finally {
    // A reason of our own: making the standard's exception takes longer than the rest.
    ended.abort('ended');
  }
}

export function writeTask(tx: Transaction, task: TaskRecord, event: Event): void {
  tx.put(keys.task(task.id), task);
  tx.event({ ...event, task: task.id });
}

async function found(read: Reading, maps: DataMaps, kind: 'input' | 'output'): Promise<Assignment[]> {
  if (maps.length > limits.listEntries)
    throw refuse.tooLarge('too-many-entries', `At most ${limits.listEntries} assignments in one call.`);
  const assignments: Assignment[] = [];
  for (const { dataName, dataId } of maps) {
    if (parseId(dataId, kind) === undefined)
      throw refuse.conversion('bad-id', `Invalid external id: ${dataId.slice(0, 80)}`);
    assignments.push({ slot: dataName, data: await read.data(dataId, kind) });
  }
  return assignments;
}

/** From its assignment on, an output's key and IV are its own. */
async function reserveIvs(tx: Transaction, read: Reading, outputs: DataMaps): Promise<void> {
  for (const { dataId } of outputs) {
    const data = await read.data(dataId, 'output');
    const name = ivName(data.crypto);
    if (name === undefined) continue;
    checkIvFree(await tx.read<IvRecord>(keys.iv(name)), data.id);
    tx.put(keys.iv(name), { holder: data.id } satisfies IvRecord);
  }
}

function checkOwnerLists(...lists: readonly (readonly { readonly uids: readonly string[] }[])[]): void {
  const bad = lists
    .flat()
    .some(
      ({ uids }) =>
        uids.length > limits.listEntries || uids.some((uid) => uid === '' || uid.length > limits.userId),
    );
  if (bad || lists.some((list) => list.length > limits.listEntries)) {
    throw refuse.tooLarge(
      'too-many-entries',
      `A slot has at most ${limits.listEntries} owners with ids of 1 to ${limits.userId} characters.`,
    );
  }
}
