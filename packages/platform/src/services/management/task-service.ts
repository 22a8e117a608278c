/** gaiwan.v1.TaskService: manifests, options, reports, watching. */

import type { MessageShape } from '@bufbuild/protobuf';
import { dictionary } from '@gaiwan/errors';
import { type gaiwan, nameOf, type Subject, type TaskLimits } from '@gaiwan/protocol';
import {
  type AskedOptions,
  manifestDigest,
  missingUsers,
  namesOf,
  type TaskRecord,
} from '../../domain/index.ts';
import { refuse } from '../../errors.ts';
import type { Handlers } from '../../pipeline/handlers.ts';
import { command, query, stream } from '../../pipeline/method.ts';
import { wholePlatform } from '../../pipeline/spec.ts';
import { takeStep } from '../../tasks/steps.ts';
import { standingApprovals, taskReport, voidApprovals } from '../../tasks/view.ts';
import { approve } from './approve.ts';
import type { ManagementContext } from './context.ts';
import { declineTask } from './decline-task.ts';
import { deleteTaskMethod } from './delete.ts';
import { explainTask } from './explain-task.ts';
import { getTaskCode } from './function-code.ts';
import { getTaskMaterial } from './function-materials.ts';
import { giveData } from './give-data.ts';
import { onTask } from './resources.ts';
import { pageOfTasks } from './task-list.ts';
import { watch } from './watch.ts';

export function taskServiceMethods(context: ManagementContext): Handlers<typeof gaiwan.TaskService> {
  const { events, store, taskMaxima: maxima } = context;
  return {
    ...deleteTaskMethod(context),
    explainTask: explainTask(context),
    declineTask: declineTask(context),
    getTaskCode,
    getTaskMaterial,
    getManifest: query({
      action: 'GetManifest',
      resource: onTask,
      run: async ({ read, resource: task }) => manifestOf(task, await read.gone(task.participants)),
    }),

    approveManifest: command({
      action: 'ApproveManifest',
      resource: onTask,
      run: (call) => {
        const { digest, requireKeys } = call.request;
        if (digest.length !== 32)
          throw refuse('bad-digest', `A digest has 32 bytes, this one has ${digest.length}.`);
        return approve(call, { digest, requireKeys });
      },
    }),

    replaceData: command({
      action: 'ReplaceData',
      resource: onTask,
      run: (call) => giveData(call, 'replace'),
    }),

    setTaskOptions: command({
      action: 'SetTaskOptions',
      resource: onTask,
      run: ({ tx, caller, request, resource: before }) => {
        const given = { by: caller.subject, options: optionsOf(request), maxima };
        const { task, event } = takeStep(tx, { operation: 'set options', before, given });
        return { reply: {}, event, task };
      },
    }),

    getTaskReport: query({
      action: 'GetTaskReport',
      resource: onTask,
      run: ({ caller, resource }) => taskReport(resource, caller.subject),
    }),

    watchTask: stream({
      action: 'WatchTask',
      resource: onTask,
      run: (call) => watch(events, call),
    }),

    listTasks: query({
      action: 'ListTasks',
      resource: wholePlatform,
      run: async ({ caller, request }) => {
        const { rows, next } = await pageOfTasks(store, caller.subject, request);
        const items = rows.map(({ id, creator, functionName, status, functionId }) => ({
          taskId: id,
          creator: nameOf(creator),
          functionName,
          status,
          functionId: functionId ?? '',
        }));
        return { items, nextPageToken: next };
      },
    }),
  };
}

/** What its participants approve, and how far they have come. */
function manifestOf(task: TaskRecord, gone: Subject[]) {
  const { bytes, digest } = manifestDigest(task);
  return {
    manifest: bytes,
    digest,
    approvedUsers: standingApprovals(task, gone),
    missingUsers: namesOf(missingUsers(task)),
    goneUsers: gone,
    voidUsers: voidApprovals(task, gone),
    status: task.status,
  };
}

/** What the request names. */
const optionsOf = ({
  limits,
  logs,
  repeat,
  priority,
}: MessageShape<typeof gaiwan.SetTaskOptionsRequestSchema>): AskedOptions => ({
  ...(limits && { limits: limitsOf(limits) }),
  ...(logs && { logs: logs.readers }),
  ...(repeat !== undefined && { repeat }),
  ...(priority !== undefined && { priority }),
});

type WireLimits = MessageShape<typeof gaiwan.TaskLimitsSchema>;

/** Those that are named. What no double can count is beyond every maximum. */
function limitsOf({
  timeMs,
  cpuMs,
  memoryMib,
  outputBytes,
  logBytes,
  files,
  stagedBytes,
  transferMs,
}: WireLimits): Partial<TaskLimits> {
  const named = {
    timeMs,
    cpuMs,
    memoryMiB: memoryMib,
    outputBytes,
    logBytes,
    files,
    stagedBytes,
    transferMs,
  };
  const given = Object.entries(named).filter(([, value]) => value !== undefined);
  return dictionary(given.map(([name, value]) => [name, Number(value)]));
}
