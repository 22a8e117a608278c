/** What a worker does with what its platform says: leases are checked, worked on and answered. Whoever carries the messages. */
import type { MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { type Executor, type StagingMemory, untilAborted } from '@gaiwan/executors';
import type { worker as wire } from '@gaiwan/protocol';
import { limits } from '../../limits.ts';
import { ApprovedTask, wipeKeys } from './approved-task.ts';
import { type AttemptEnd, attempt, type GivenBack } from './attempt.ts';
import { fitIntoMessage } from './done-message.ts';
import { FairSlots } from './fair-slots.ts';
import type { KeptResults } from './kept-results.ts';
import { LeaseRefused } from './lease-refused.ts';
import type { AskIntent } from './outputs.ts';
import type { TaskFiles } from './task-files.ts';
import { WorkerError } from './worker-error.ts';

export type FromWorker = MessageInitShape<typeof wire.FromWorkerSchema>;
type ToWorker = MessageShape<typeof wire.ToWorkerSchema>;

/** How long a task waits behind others of this worker before it is given back. */
const PATIENCE_MS = limits.queuedTask.value;
const STUCK_MS = limits.attemptStuck.value;

export interface LeaseWorkOptions {
  readonly executors: readonly Executor[];
  readonly files: TaskFiles;
  /** Private; each attempt has a folder in it. */
  readonly folder: string;
  /** For plaintext of all attempts together, before the disk. */
  readonly memory: StagingMemory;
  /** Keeps results until they are acknowledged. */
  readonly results: KeptResults;
  /** Takes the answers. */
  readonly send: (message: FromWorker) => void;
  /** Gets leases that were refused (`LeaseRefused`), and what its host did to runs (`HostFault`). */
  readonly report: (error: unknown) => void;
  /** An attempt does not end, long after its place was given to others: the process is to be replaced. */
  readonly onStuck: (error: WorkerError) => void;
}

/** An attempt: a task may have another one meanwhile. */
interface Running {
  readonly taskId: string;
  readonly abort: AbortController;
  readonly intents: Map<string, (granted: boolean) => void>;
}

/** By task and token, as the platform names it. */
const nameOf = ({ taskId, token }: { readonly taskId: string; readonly token: bigint }) =>
  `${taskId} ${token}`;

export class LeaseWork {
  readonly #options: LeaseWorkOptions;
  readonly #places: readonly { readonly executor: Executor; readonly slots: FairSlots }[];
  readonly #running = new Map<string, Running>();

  constructor(options: LeaseWorkOptions) {
    this.#options = options;
    this.#places = options.executors.map((executor) => ({ executor, slots: new FairSlots(executor.slots) }));
  }

  /** Of the tasks that it has and has not answered. */
  get taskIds(): string[] {
    return [...new Set([...this.#running.values()].map(({ taskId }) => taskId))];
  }

  /** Resolves when the message, if it is a lease, is answered. Never rejects. */
  async receive({ message }: ToWorker): Promise<void> {
    switch (message.case) {
      case 'lease':
        return this.#take(message.value);
      case 'cancel':
        this.#running.get(nameOf(message.value))?.abort.abort();
        return;
      case 'intentReply': {
        const { dataId, granted } = message.value;
        this.#running.get(nameOf(message.value))?.intents.get(dataId)?.(granted);
        return;
      }
      case 'ack':
        this.#options.results.forget(message.value);
        return;
      default:
    }
  }

  /** Without a stream there are no leases: whatever runs is no longer ours to finish. */
  abort(): void {
    for (const { abort } of this.#running.values()) abort.abort();
  }

  async #take(lease: wire.Lease): Promise<void> {
    const { taskId, token } = lease;
    const name = nameOf(lease);
    const running: Running = { taskId, abort: new AbortController(), intents: new Map() };
    this.#running.set(name, running);
    const end = await this.#work(lease, running).finally(() => wipeKeys(lease));
    this.#running.delete(name);
    if (!('result' in end)) {
      this.#options.send({ message: { case: 'giveBack', value: { taskId, token, ...end } } });
      return;
    }
    const done = fitIntoMessage({ taskId, token, ...end });
    // Of one that was cancelled nobody wants a result.
    if (!running.abort.signal.aborted) this.#options.results.keep(done);
    this.#options.send({ message: { case: 'done', value: done } });
  }

  async #work(lease: wire.Lease, running: Running): Promise<AttemptEnd | GivenBack> {
    let task: ApprovedTask;
    try {
      task = ApprovedTask.check(lease);
    } catch (error) {
      this.#options.report(error);
      const why = error instanceof LeaseRefused ? error.message : 'it could not be checked.';
      return failure(`The worker refused the task: ${why}`);
    }
    const place = this.#places.find(({ executor }) => executor.pairs.includes(task.pair));
    if (!place) return failure(`function not available: (${task.pair.replace('/', ', ')})`);
    const { files, folder, memory, report } = this.#options;
    const { signal } = running.abort;
    return attempt({
      task,
      executor: place.executor,
      files,
      folder,
      intent: this.#intents(lease, running),
      turn: () => place.slots.take(lease, signal, PATIENCE_MS),
      memory,
      onDropped: (working) => this.#watch(task.manifest.task, working),
      signal,
      report,
    });
  }

  /** What still waits may hold a slot of its executor, and memory: none of that comes back but with its end. */
  #watch(taskId: string, working: Promise<unknown>): void {
    const stuck = setTimeout(() => {
      const message = `An attempt at ${taskId} does not end: the worker is replaced.`;
      this.#options.onStuck(new WorkerError('attempt-stuck', message));
    }, STUCK_MS);
    void working.finally(() => clearTimeout(stuck));
  }

  #intents({ taskId, token }: wire.Lease, { abort, intents }: Running): AskIntent {
    return (dataId, contentSha256) => {
      const { promise, resolve } = Promise.withResolvers<boolean>();
      intents.set(dataId, resolve);
      this.#options.send({ message: { case: 'intent', value: { taskId, token, dataId, contentSha256 } } });
      return untilAborted(promise, abort.signal);
    };
  }
}

const failure = (reason: string): AttemptEnd => ({ result: { result: { case: 'Err', value: { reason } } } });
