/** What a worker does with what its platform says: leases are checked, worked on and answered. Whoever carries the messages. */
import type { MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { type Executor, Slots } from '@gaiwan/executors';
import type { worker as wire } from '@gaiwan/protocol';
import { limits } from '../../limits.ts';
import { ApprovedTask, wipeKeys } from './approved-task.ts';
import { type AttemptEnd, attempt } from './attempt.ts';
import { fitIntoMessage } from './done-message.ts';
import type { KeptResults } from './kept-results.ts';
import { LeaseRefused } from './lease-refused.ts';
import type { AskIntent } from './outputs.ts';
import type { TaskFiles } from './task-files.ts';

export type FromWorker = MessageInitShape<typeof wire.FromWorkerSchema>;
type ToWorker = MessageShape<typeof wire.ToWorkerSchema>;

/** How long a task waits behind others of this worker before it is given back. */
const PATIENCE_MS = limits.queuedTask.value;

export interface LeaseWorkOptions {
  readonly executors: readonly Executor[];
  readonly files: TaskFiles;
  /** Private; each attempt has a folder in it. */
  readonly folder: string;
  /** Keeps results until they are acknowledged. */
  readonly results: KeptResults;
  /** Takes the answers. */
  readonly send: (message: FromWorker) => void;
  /** Gets leases that were refused: `LeaseRefused`. */
  readonly report: (error: unknown) => void;
}

interface Running {
  readonly abort: AbortController;
  readonly intents: Map<string, (granted: boolean) => void>;
}

export class LeaseWork {
  readonly #options: LeaseWorkOptions;
  readonly #places: readonly { readonly executor: Executor; readonly slots: Slots }[];
  readonly #running = new Map<string, Running>();

  constructor(options: LeaseWorkOptions) {
    this.#options = options;
    this.#places = options.executors.map((executor) => ({ executor, slots: new Slots(executor.slots) }));
  }

  /** Of the tasks that it has and has not answered. */
  get taskIds(): string[] {
    return [...this.#running.keys()];
  }

  /** Resolves when the message, if it is a lease, is answered. Never rejects. */
  async receive({ message }: ToWorker): Promise<void> {
    switch (message.case) {
      case 'lease':
        return this.#take(message.value);
      case 'cancel':
        this.#running.get(message.value.taskId)?.abort.abort();
        return;
      case 'intentReply': {
        const { taskId, dataId, granted } = message.value;
        this.#running.get(taskId)?.intents.get(dataId)?.(granted);
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
    const running: Running = { abort: new AbortController(), intents: new Map() };
    this.#running.set(taskId, running);
    const end = await this.#work(lease, running).finally(() => wipeKeys(lease));
    if (this.#running.get(taskId) === running) this.#running.delete(taskId);
    if (!end) return this.#options.send({ message: { case: 'giveBack', value: { taskId, token } } });
    const done = fitIntoMessage({ taskId, token, ...end });
    // Of one that was cancelled nobody wants a result.
    if (!running.abort.signal.aborted) this.#options.results.keep(done);
    this.#options.send({ message: { case: 'done', value: done } });
  }

  /** Undefined where the lease is to be given back. */
  async #work(lease: wire.Lease, running: Running): Promise<AttemptEnd | undefined> {
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
    const { files, folder } = this.#options;
    const { signal } = running.abort;
    return attempt({
      task,
      executor: place.executor,
      files,
      folder,
      intent: this.#intents(lease, running),
      turn: () => place.slots.take(signal, PATIENCE_MS),
      signal,
    });
  }

  #intents({ taskId, token }: wire.Lease, { abort, intents }: Running): AskIntent {
    return (dataId, contentSha256) =>
      new Promise<boolean>((resolve) => {
        intents.set(dataId, resolve);
        abort.signal.addEventListener('abort', () => resolve(false));
        this.#options.send({
          message: { case: 'intent', value: { taskId, token, dataId, contentSha256 } },
        });
      });
  }
}

const failure = (reason: string): AttemptEnd => ({ result: { result: { case: 'Err', value: { reason } } } });
