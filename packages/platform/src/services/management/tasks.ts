/** Tasks: create, assign, approve, invoke, cancel, watch (contract 3.6 to 3.8). */
import type { frontend } from '@gaiwan/protocol';
import {
  assignData,
  cancelTask,
  checkQuota,
  createTask,
  invokeTask,
  isQueued,
  keys,
  limits,
  refuse,
  TASK_QUEUE,
  usageLog,
} from '../../domain/index.ts';
import type { Handlers } from '../../ports.ts';
import { approve, fillSlots, writeTask } from '../../tasks/steps.ts';
import { ownerLists, taskView } from '../../tasks/view.ts';
import { asResource, inTransaction, type ManagementContext, Reading } from './context.ts';

type Frontend = Handlers<typeof frontend.TeaclaveFrontend>;
type TaskMethods = Pick<
  Frontend,
  'createTask' | 'getTask' | 'assignData' | 'approveTask' | 'invokeTask' | 'cancelTask'
>;

export function taskMethods(context: ManagementContext): TaskMethods {
  const { access, store } = context;
  const reading = new Reading(context);
  return {
    async createTask(caller, request) {
      const taskId = `task-${context.ids()}`;
      const record = await reading.function(request.functionId);
      access.require({ caller, action: 'CreateTask', resource: asResource.function(record) });
      const { definition } = await reading.version(record.version);
      checkOwnerLists(request.inputsOwnership, request.outputsOwnership);
      const task = createTask(record, definition, {
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
      return taskView(task, caller.id);
    },

    async assignData(caller, request) {
      await fillSlots(context, caller, request, {
        action: 'AssignData',
        fill: assignData,
        type: 'data-assigned',
      });
      return {};
    },

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
        context.scheduler.requireRunnable(next);
        writeTask(tx, next, { type: 'task-invoked', by: caller.id });
        tx.append(usageLog(record.id), Buffer.from(task.id));
        tx.queue({ op: 'enqueue', queue: TASK_QUEUE, id: task.id });
        return next;
      }).then((task) => {
        context.events.publish(task);
        context.scheduler.staged(task);
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

function checkOwnerLists(...lists: readonly (readonly { readonly uids: readonly string[] }[])[]): void {
  const bad = lists
    .flat()
    .some(
      ({ uids }) =>
        uids.length > limits.listEntries || uids.some((uid) => uid === '' || uid.length > limits.userId),
    );
  if (bad || lists.some((list) => list.length > limits.listEntries)) {
    throw refuse(
      'too-many-entries',
      `A slot has at most ${limits.listEntries} owners with ids of 1 to ${limits.userId} characters.`,
    );
  }
}
