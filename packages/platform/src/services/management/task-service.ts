/** gaiwan.v1.TaskService: manifests, options, reports, watching. */
import type { MessageShape } from '@bufbuild/protobuf';
import type { gaiwan, TaskLimits } from '@gaiwan/protocol';
import {
  approvedUsers,
  keys,
  manifestDigest,
  missingUsers,
  refuse,
  replaceData,
  setOptions,
  type TaskRecord,
} from '../../domain/index.ts';
import type { Handlers } from '../ports.ts';
import { readRecord } from '../transaction.ts';
import { asResource, inTransaction, type ManagementContext, Reading } from './context.ts';
import { pageOf } from './data.ts';
import { approve, fillSlots, writeTask } from './task-steps.ts';
import { taskReport } from './task-view.ts';
import { watch } from './watch.ts';

export function taskServiceMethods(context: ManagementContext): Handlers<typeof gaiwan.TaskService> {
  const { access, events, store } = context;
  const reading = new Reading(context);
  return {
    async getManifest(caller, { taskId }) {
      const task = await reading.task(taskId);
      access.require({ caller, action: 'GetManifest', resource: asResource.task(task) });
      const { bytes, digest, hex } = manifestDigest(task);
      return {
        manifest: bytes,
        digest,
        approvedUsers: approvedUsers(task),
        missingUsers: missingUsers(task, hex),
        status: task.status,
      };
    },
    async approveManifest(caller, { taskId, digest }) {
      if (digest.length !== 32)
        throw refuse('bad-digest', `A digest has 32 bytes, this one has ${digest.length}.`);
      await approve(context, caller, taskId, digest);
      return {};
    },
    async replaceData(caller, request) {
      const how = { action: 'ReplaceData', fill: replaceData, type: 'data-replaced' } as const;
      events.publish(await fillSlots(context, caller, request, how));
      return {};
    },
    async setTaskOptions(caller, { taskId, limits, logs, repeat }) {
      const task = await inTransaction(context, async (tx, read) => {
        const task = await read.task(taskId);
        access.require({ caller, action: 'SetTaskOptions', resource: asResource.task(task) });
        const options = {
          ...(limits && { limits: limitsOf(limits) }),
          ...(logs && { logs: logs.readers }),
          ...(repeat !== undefined && { repeat }),
        };
        const next = setOptions(task, caller.id, options, context.taskMaxima);
        writeTask(tx, next, { type: 'task-options-set', by: caller.id });
        return next;
      });
      events.publish(task);
      return {};
    },
    async getTaskReport(caller, { taskId }) {
      const task = await reading.task(taskId);
      access.require({ caller, action: 'GetTaskReport', resource: asResource.task(task) });
      return taskReport(task, caller.id);
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

type WireLimits = MessageShape<typeof gaiwan.TaskLimitsSchema>;

/** Those that are named. What no double can count is beyond every maximum. */
function limitsOf({
  timeMs,
  cpuMs,
  memoryMib,
  outputBytes,
  logBytes,
  files,
}: WireLimits): Partial<TaskLimits> {
  const named = { timeMs, cpuMs, memoryMiB: memoryMib, outputBytes, logBytes, files };
  const given = Object.entries(named).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [name, Number(value)]));
}
