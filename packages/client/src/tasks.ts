/** Tasks, from their making to their result. */
import { gaiwan, hasEnded, type TaskOptions, TaskStatus } from '@gaiwan/protocol';
import { type Deletion, deletionOf } from './deletion.ts';
import { GaiwanError } from './errors.ts';
import { type FunctionCode, readCode } from './function-code.ts';
import { type Material, type MaterialKind, readMaterial, wireKind } from './function-materials.ts';
import { readManifest, requireOwnKey } from './manifest.ts';
import type { RegisteredFiles } from './registered-files.ts';
import type { Rpc } from './rpc.ts';
import type {
  Approvable,
  Assignment,
  NewTask,
  Task,
  TaskExplanation,
  TaskFilter,
  TaskReport,
  TaskResult,
  TaskState,
  TaskSummary,
} from './task-types.ts';
import { argumentsText, dataMaps, optionsMessage, ownerLists, reportOf, taskOf } from './task-wire.ts';
import { type WatchOptions, watchTask } from './watch.ts';

const roles = {
  any: gaiwan.TaskRole.UNSPECIFIED,
  creator: gaiwan.TaskRole.CREATOR,
  participant: gaiwan.TaskRole.PARTICIPANT,
} as const;

export class Tasks {
  readonly #rpc: Rpc;
  readonly #registered: RegisteredFiles;
  constructor(rpc: Rpc, registered: RegisteredFiles) {
    this.#rpc = rpc;
    this.#registered = registered;
  }

  /** Returns the task's id. A task whose options are refused is cancelled. */
  async create(task: NewTask): Promise<string> {
    const options = optionsMessage(task);
    const { taskId } = await this.#rpc.frontend.createTask({
      functionId: task.functionId,
      functionArguments: argumentsText(task.arguments),
      executor: task.executor,
      inputsOwnership: ownerLists(task.inputs),
      outputsOwnership: ownerLists(task.outputs),
    });
    if (Object.keys(options).length > 0) {
      try {
        await this.#rpc.tasks.setTaskOptions({ taskId, ...options });
      } catch (error) {
        await this.cancel(taskId).catch(() => undefined);
        throw error;
      }
    }
    return taskId;
  }

  /** The creator's, until the task is invoked. Voids every approval. */
  async setOptions(taskId: string, options: TaskOptions): Promise<void> {
    await this.#rpc.tasks.setTaskOptions({ taskId, ...optionsMessage(options) });
  }

  /** How it was run, and its log: for participants, and for whoever may read the log. */
  async report(taskId: string): Promise<TaskReport> {
    return reportOf(await this.#rpc.tasks.getTaskReport({ taskId }));
  }

  async get(taskId: string): Promise<Task> {
    return taskOf(await this.#rpc.frontend.getTask({ taskId }));
  }

  /** Puts the caller's data into empty slots. */
  async assign(taskId: string, data: Assignment): Promise<void> {
    await this.#rpc.frontend.assignData({ taskId, ...dataMaps(data) });
  }

  /** Puts other data into slots of a task that was not invoked yet. Voids every approval. */
  async replaceData(taskId: string, data: Assignment): Promise<void> {
    await this.#rpc.tasks.replaceData({ taskId, ...dataMaps(data) });
  }

  /**
   * What the caller would approve. Checked here are its digest, its form, and that files which this client has registered
   * are in it with their keys and places, and that it names the key that this client signs with. Rejects with `GaiwanError` (bad-manifest).
   */
  async manifest(taskId: string): Promise<Approvable> {
    const answer = await this.#rpc.tasks.getManifest({ taskId });
    const { approvedUsers, missingUsers, goneUsers, voidUsers, status, manifest: bytes } = answer;
    const { manifest, digest } = readManifest(bytes, answer.digest, taskId);
    this.#registered.check(manifest);
    const own = await this.#rpc.ownKey();
    if (own) requireOwnKey(manifest, own);
    return { manifest, digest, bytes, approvedUsers, missingUsers, goneUsers, voidUsers, status };
  }

  /**
   * The code that the task runs, for its participants. `approvable`: what `manifest` has returned; the code is held to the version that it
   * names. Rejects with `GaiwanError` (bad-code) for anything else.
   */
  async code(taskId: string, approvable?: Pick<Approvable, 'manifest'>): Promise<FunctionCode> {
    return readCode(await this.#rpc.tasks.getTaskCode({ taskId }), approvable?.manifest.function.version);
  }

  /** What the function's owner has attached to the version that the task runs, and the content of one kind, if one is named; for participants. */
  async material(taskId: string, kind?: MaterialKind): Promise<Material> {
    return readMaterial(await this.#rpc.tasks.getTaskMaterial({ taskId, kind: wireKind(kind) }));
  }

  /**
   * Approves exactly the manifest with this digest (32 bytes): refused when it has become another. `requireKeys`: also refused while a
   * participant has no key.
   */
  async approve(
    taskId: string,
    digest: Uint8Array,
    { requireKeys = false }: { readonly requireKeys?: boolean } = {},
  ): Promise<void> {
    if (digest.length !== 32) {
      throw new GaiwanError(
        'bad-digest',
        `A digest is a SHA-256 of 32 bytes; this one has ${digest.length}.`,
      );
    }
    await this.#rpc.tasks.approveManifest({ taskId, digest, requireKeys });
  }

  /**
   * Rejects with `subjects` naming whose approval is missing. Whoever is the only participant approves by it what the task is now; with
   * a key, that is an approval of its own, which is signed.
   */
  async invoke(taskId: string): Promise<void> {
    try {
      await this.#rpc.frontend.invokeTask({ taskId });
    } catch (error) {
      if (!(await this.#approvesAlone(taskId, error))) throw error;
      await this.#rpc.frontend.invokeTask({ taskId });
    }
  }

  /** Was only the approval of a caller missing who signs, and is the only participant? Then it is given. */
  async #approvesAlone(taskId: string, error: unknown): Promise<boolean> {
    const own = await this.#rpc.ownKey();
    if (!own || !(error instanceof GaiwanError && error.code === 'approvals-missing')) return false;
    const { manifest, digest } = await this.manifest(taskId);
    const [only, ...others] = manifest.participants;
    if (others.length > 0 || only?.subject !== own.subject) return false;
    await this.approve(taskId, digest);
    return true;
  }

  /**
   * Deletes a task that has ended. One with a result goes when all participants have said so, any other when its creator has. What it
   * wrote into outputs stays.
   */
  async delete(taskId: string): Promise<Deletion> {
    return deletionOf(await this.#rpc.tasks.deleteTask({ taskId }));
  }

  async cancel(taskId: string): Promise<void> {
    await this.#rpc.frontend.cancelTask({ taskId });
  }

  /** The state at once, then each change, and ends after the final one. Reconnects. */
  watch(taskId: string, options: WatchOptions = {}): AsyncIterable<TaskState> {
    return watchTask(this.#rpc, taskId, options);
  }

  /**
   * Waits until the task has ended. Rejects with `GaiwanError`: task-failed, task-canceled, or timeout (`timeout` in
   * ms; default: none). A timeout does not cancel the task.
   */
  async result(
    taskId: string,
    options: WatchOptions & { readonly timeout?: number } = {},
  ): Promise<TaskResult> {
    const deadline = options.timeout === undefined ? undefined : AbortSignal.timeout(options.timeout);
    const signals = [deadline, options.signal].filter((signal) => signal !== undefined);
    let last: TaskState | undefined;
    try {
      for await (const state of this.watch(taskId, { ...options, signal: AbortSignal.any(signals) }))
        last = state;
    } catch (error) {
      if (!deadline?.aborted || this.#rpc.closed.aborted) throw error;
      throw new GaiwanError(
        'timeout',
        `${taskId} has not ended in ${options.timeout} ms: it continues, ask again.`,
        {
          cause: error,
        },
      );
    }
    if (last && hasEnded(last.status)) return successOf(taskId, last);
    throw new GaiwanError('connection-lost', `The platform stopped reporting on ${taskId}: ask again.`);
  }

  /** What it waits for, and who can do it; of one that has ended without a result, why. */
  async explain(taskId: string): Promise<TaskExplanation> {
    const { status, obstacles, ...ended } = await this.#rpc.tasks.explainTask({ taskId });
    const { endedBecause, declinedBy, declinedBecause, furtherObstacles } = ended;
    return {
      status,
      furtherObstacles,
      obstacles: obstacles.map(({ reason, subject, who, remedy }) => ({ reason, subject, who, remedy })),
      ...(endedBecause !== '' && { endedBecause }),
      ...(declinedBy !== '' && { declinedBy, declinedBecause }),
    };
  }

  /**
   * A participant's no to a task that does not run yet: it ends as canceled, and everybody in it reads the reason (one line of at most 500
   * characters). Rejects with `GaiwanError`: not-declinable, bad-decline-reason.
   */
  async decline(taskId: string, reason: string): Promise<void> {
    await this.#rpc.tasks.declineTask({ taskId, reason });
  }

  /** One page of the caller's tasks, in no order. Of a filtered list it may have few, or none, and not be the last. */
  async list(page: { readonly pageToken?: string; readonly pageSize?: number } & TaskFilter = {}): Promise<{
    items: TaskSummary[];
    nextPageToken: string;
  }> {
    const {
      pageToken = '',
      pageSize = 0,
      statuses = [],
      role,
      functionId = '',
      functionNamePrefix = '',
    } = page;
    const request = {
      pageToken,
      pageSize,
      // As the platform takes them: numbers of an open enumeration.
      statuses: [...statuses],
      role: roles[role ?? 'any'],
      functionId,
      functionNamePrefix,
    };
    const { items, nextPageToken } = await this.#rpc.tasks.listTasks(request);
    const summaries = items.map(({ taskId, creator, functionName, functionId: of, status }) => ({
      taskId,
      creator,
      functionName,
      functionId: of,
      status,
    }));
    return { items: summaries, nextPageToken };
  }

  async *listAll(filter: TaskFilter = {}): AsyncGenerator<TaskSummary> {
    for (let pageToken = ''; ; ) {
      const page = await this.list({ ...filter, pageToken });
      yield* page.items;
      pageToken = page.nextPageToken;
      if (pageToken === '') return;
    }
  }
}

function successOf(taskId: string, { status, outcome, resultDeleted }: TaskState): TaskResult {
  if (outcome?.ok) {
    const { returnValue, tags, log } = outcome;
    return { returnValue, tags, log };
  }
  if (outcome === undefined && resultDeleted)
    throw new GaiwanError(
      'result-deleted',
      `${taskId} succeeded, and its result is kept no longer since ${resultDeleted.at.toISOString()}; the SHA-256 of salt and result is ${hex(resultDeleted.digest)}, the salt ${hex(resultDeleted.salt)}.`,
    );
  if (outcome === undefined)
    throw new GaiwanError(
      'signature-missing',
      `${taskId} has ended, and its result is shown to calls that the account's key has signed: log in with the key.`,
    );
  const { reason } = outcome;
  if (status === TaskStatus.Canceled)
    throw new GaiwanError('task-canceled', `${taskId} was canceled: ${reason}`);
  throw new GaiwanError('task-failed', `${taskId} failed: ${reason}`);
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
