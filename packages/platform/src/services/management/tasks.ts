/** Tasks: create, assign, approve, invoke, cancel, get (contract 3.6 to 3.8). */
import { type frontend, nameOf } from '@gaiwan/protocol';
import type { Store } from '@gaiwan/store';
import {
  type AgreementRecord,
  type FunctionRecord,
  keys,
  limits,
  type TaskRecord,
} from '../../domain/index.ts';
import { refuse } from '../../errors.ts';
import type { Handlers } from '../../pipeline/handlers.ts';
import { command, query } from '../../pipeline/method.ts';
import { seesResults } from '../../pipeline/signatures.ts';
import type { CommandCall } from '../../pipeline/spec.ts';
import { epochOf } from '../../state/epoch.ts';
import type { Reading } from '../../state/reading.ts';
import { takenOutputs } from '../../tasks/outputs.ts';
import { takeStep } from '../../tasks/steps.ts';
import { noteUse, usesOf } from '../../tasks/usage.ts';
import { taskView } from '../../tasks/view.ts';
import { approve } from './approve.ts';
import type { ManagementContext } from './context.ts';
import { giveData } from './give-data.ts';
import { findOwners } from './owners.ts';
import { onFunction, onTask } from './resources.ts';
import { shareOfCaller } from './share.ts';

type TaskMethods = Pick<
  Handlers<typeof frontend.TeaclaveFrontend>,
  'createTask' | 'getTask' | 'assignData' | 'approveTask' | 'invokeTask' | 'cancelTask'
>;

export function taskMethods(context: ManagementContext): TaskMethods {
  const { scheduler, ids, taskLimits, sandboxes, holdings } = context;
  return {
    createTask: command({
      action: 'CreateTask',
      resource: onFunction,
      run: async ({ tx, caller, request, read, resource: record }) => {
        await requireOwner(read, record);
        const { definition } = await read.version(record.version);
        const id = `task-${ids()}`;
        const given = {
          id,
          epoch: await epochOf(tx),
          by: caller.subject,
          function: record,
          definition,
          executor: request.executor,
          arguments: request.functionArguments,
          inputs: await findOwners(read, ownerLists(request.inputsOwnership)),
          outputs: await findOwners(read, ownerLists(request.outputsOwnership)),
          limits: taskLimits,
          sandboxes,
        };
        const { task, event, bytes } = takeStep(tx, { operation: 'create', before: undefined, given });
        await holdings.charge(tx, { key: keys.task(id), by: caller.subject, bytes });
        return {
          reply: { taskId: id },
          event: { ...event, function: record.id, version: record.version },
          task,
        };
      },
    }),

    getTask: query({
      action: 'GetTask',
      resource: onTask,
      run: async ({ caller, proof, read, resource }) => {
        const viewer = { subject: caller.subject, results: seesResults(proof) };
        return taskView(resource, viewer, await read.gone(resource.participants));
      },
    }),

    assignData: command({
      action: 'AssignData',
      resource: onTask,
      run: (call) => giveData(call, 'assign'),
    }),

    approveTask: command({
      action: 'ApproveTask',
      resource: onTask,
      run: (call) => approve(call),
    }),

    invokeTask: command({
      action: 'InvokeTask',
      resource: onTask,
      run: async ({ tx, caller, read, resource: before }) => {
        await holdings.requireSome(tx, caller.subject);
        const given = await invocationOf({ tx, read, caller, before }, context);
        const { task, event } = takeStep(tx, { operation: 'invoke', before, given });
        await noteUse(tx, task);
        noteAgreementUse(tx, given.agreement);
        return { reply: {}, event, task, afterwards: () => scheduler.enqueue(task) };
      },
    }),

    cancelTask: command({
      action: 'CancelTask',
      resource: onTask,
      run: ({ tx, resource: before }) => {
        const { task, event } = takeStep(tx, { operation: 'cancel', before, given: {} });
        return { reply: {}, event, task, afterwards: () => scheduler.drop(task) };
      },
    }),
  };
}

interface Invocation extends Pick<CommandCall<unknown, unknown>, 'tx' | 'read' | 'caller'> {
  readonly before: TaskRecord;
}

/** What the invocation rests on; its commit is held to it. */
async function invocationOf(
  { tx, read, caller, before }: Invocation,
  { store, scheduler }: Pick<ManagementContext, 'store' | 'scheduler'>,
) {
  const record = await read.function(before.function.id);
  const accounts = await read.accounts(before.participants);
  return {
    by: caller.subject,
    now: tx.now(),
    agreement: before.agreement && (await read.record<AgreementRecord>(keys.agreement(before.agreement.id))),
    epoch: await epochOf(tx),
    function: record,
    used: record.quota < 0 ? 0 : await countInvocations(tx, store, record.id),
    gone: await read.gone(before.participants),
    takenOutputs: await takenOutputs(tx, before),
    offered: scheduler.canRun(before),
    twoWorkers: !before.repeat || scheduler.hasTwoWorkersFor(before),
    requireKeys: accounts.some((account) => account.requireKeys === true),
    share: await shareOfCaller(store, caller),
  };
}

/** In the commit of the invocation: two at once conflict, and one decides again. */
function noteAgreementUse(
  tx: CommandCall<unknown, unknown>['tx'],
  record: AgreementRecord | undefined,
): void {
  if (record) tx.put(keys.agreement(record.id), { ...record, used: record.used + 1 });
}

/** A quota is counted under a record that every invocation writes; without one, invocations never meet. */
async function countInvocations(
  tx: CommandCall<unknown, unknown>['tx'],
  store: Store,
  functionId: string,
): Promise<number> {
  await tx.read(keys.quota(functionId));
  tx.put(keys.quota(functionId), {});
  return usesOf(store, functionId);
}

/** Of a private function: its owner would take part. */
async function requireOwner(read: Reading, { id, owner, public: open }: FunctionRecord): Promise<void> {
  if (open || (await read.gone([owner])).length === 0) return;
  throw refuse(
    'function-owner-gone',
    `${id} is private, and the account of its owner ${nameOf(owner)} is gone.`,
    {
      subjects: [nameOf(owner)],
    },
  );
}

type OwnerList = { readonly dataName: string; readonly uids: readonly string[] };

/** Who owns which slot, as a task is created with. */
function ownerLists(lists: readonly OwnerList[]) {
  const bearable =
    lists.length <= limits.listEntries.value &&
    lists.every(({ uids }) => uids.length <= limits.listEntries.value);
  const uids = bearable ? lists.flatMap((list) => list.uids) : [];
  if (!bearable || uids.some((uid) => uid === '' || uid.length > limits.userId.value)) {
    throw refuse(
      'too-many-entries',
      `A slot has at most ${limits.listEntries.value} owners with ids of 1 to ${limits.userId.value} characters.`,
    );
  }
  return lists.map(({ dataName, uids: owners }) => ({ name: dataName, owners }));
}
