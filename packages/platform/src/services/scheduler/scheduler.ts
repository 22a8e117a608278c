/**
 * Hands staged tasks to workers, by push, under leases with fencing tokens.
 *
 * The durable queue in the store is the truth; what is in memory here can be rebuilt from it.
 */
import type { MessageShape } from '@bufbuild/protobuf';
import { TaskStatus, worker as wire } from '@gaiwan/protocol';
import type { QueueItem } from '@gaiwan/store';
import { isQueued, keys, pairOf, TASK_QUEUE, type TaskRecord } from '../../domain/index.ts';
import { PlatformError, refuse } from '../../errors.ts';
import { Fairness } from '../../fairness/settings.ts';
import { limits } from '../../limits.ts';
import type { TaskEvents, TaskScheduler } from '../../ports.ts';
import type { OpenAttempts } from '../../state/open-attempts.ts';
import { readRecord } from '../../state/transaction.ts';
import { type CommitsOptions, TaskCommits } from '../../tasks/commits.ts';
import { attemptName } from '../../tasks/lease.ts';
import { answerOf } from '../../tasks/outcome.ts';
import { Backlog, type Waiting } from './backlog.ts';
import { Orphans } from './orphans.ts';
import { Outage } from './outage.ts';
import { type Need, Roster, type RosterOptions } from './roster.ts';
import { AttachedWorker, type Held, type LeaseName } from './workers.ts';

export interface SchedulerOptions extends CommitsOptions {
  /** What is open under leases. */
  readonly attempts: OpenAttempts;
  readonly events: TaskEvents;
  /** Who will be a worker; default: nobody is known to come. */
  readonly roster?: RosterOptions;
  /** What the operator set for users and groups; default: all have the same. */
  readonly fairness?: Fairness;
  /** Gets errors that nobody foresaw. */
  readonly report: (error: unknown) => void;
}

const LEASE_MS = limits.lease.value;
const CHECK_MS = limits.leaseCheck.value;
const CHECKS_BETWEEN_RECONCILIATIONS = Math.ceil(limits.reconciliation.value / CHECK_MS);

type FromWorker = MessageShape<typeof wire.FromWorkerSchema>;

export class Scheduler implements TaskScheduler {
  readonly #options: SchedulerOptions;
  readonly #commits: TaskCommits;
  readonly #backlog: Backlog;
  readonly #roster: Roster;
  readonly #outage: Outage;
  readonly #orphans = new Orphans();
  /** Steps under way, by task. */
  readonly #steps = new Map<string, number>();
  /**
   * ms for which somebody has looked whether workers are silent: the clock of leases, and of waiting for workers. It is the number of
   * checks. A machine's clock would say as well how long nobody looked: after a pause of this process (SIGSTOP, a suspended machine, a
   * snapshot) heartbeats wait to be read, and whoever believes the clock first takes all workers for dead.
   */
  #watched = 0;
  #timer: NodeJS.Timeout | undefined;
  #checks = 0;
  #reconciling = false;
  /** Resolves at the next check: until then whoever lost against changes of others waits. */
  #nextCheck = Promise.withResolvers<void>();

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#commits = new TaskCommits(options);
    this.#backlog = new Backlog(options.fairness ?? new Fairness());
    this.#outage = new Outage(options.store, options.report);
    this.#roster = new Roster(options.roster ?? {}, this.#watched);
  }

  /** Takes up what the queue holds. Nobody can hold a lease yet: workers of a former process are gone with it. */
  async start(): Promise<void> {
    for (const item of await this.#options.store.queue(TASK_QUEUE)) await this.#takeUp(item);
    this.#timer = setInterval(() => this.#check(), CHECK_MS).unref();
  }

  /** What nobody here knows of waits again: a lease that nobody holds is over, and none of its attempt's doing. */
  async #takeUp({ id, token, until }: QueueItem): Promise<void> {
    if (this.#knows(id, token)) return;
    const task =
      until === 0
        ? await readRecord<TaskRecord>(this.#options.store, keys.task(id))
        : await this.#commits.requeue(id, token, false);
    if (until !== 0) this.#discard({ taskId: id, token });
    if (!task || this.#knows(id, token)) return;
    this.#options.events.publish(task);
    if (task.status === TaskStatus.Staged) this.#wait(task, token);
  }

  #knows(taskId: string, token: number): boolean {
    if (this.#steps.has(taskId) || this.#orphans.has(taskId) || this.#backlog.has(taskId, token)) return true;
    return [...this.#roster.workers].some(({ held }) => held.has(taskId));
  }

  stop(): void {
    clearInterval(this.#timer);
    for (const worker of this.#roster.workers) worker.outbox.end();
  }

  /** What can be run, once all workers that are expected have come; sorted. */
  async pairs(): Promise<string[]> {
    await this.#roster.complete();
    const capabilities = [...this.#roster.workers]
      .flatMap((worker) => worker.capabilities)
      .filter(({ ability }) => ability === wire.Ability.ABLE);
    return [...new Set(capabilities.flatMap(({ pairs }) => [...pairs]))].sort();
  }

  canRun(task: TaskRecord): boolean {
    return this.#roster.canRun({ pair: pairOf(task) }, this.#watched);
  }

  hasTwoWorkersFor(task: TaskRecord): boolean {
    return this.#roster.canRunTwice(pairOf(task), this.#watched);
  }

  hasAbleWorkerFor(task: TaskRecord): boolean {
    const pair = pairOf(task);
    return this.#roster.isAble({ pair, ...(task.first && { not: task.first.worker }) });
  }

  enqueue(task: TaskRecord): void {
    this.#wait(task, 0);
    this.#pump();
  }

  drop({ id: taskId }: TaskRecord): void {
    this.#backlog.remove(taskId);
    const orphan = this.#orphans.remove(taskId);
    if (orphan) this.#discard(orphan);
    for (const worker of this.#roster.workers) {
      const held = worker.held.get(taskId);
      if (!held) continue;
      this.#discard(held);
      worker.held.delete(taskId);
      worker.outbox.push({ message: { case: 'cancel', value: { taskId, token: BigInt(held.token) } } });
    }
  }

  /** Serves one worker until its stream ends, or a newer one of the same worker has come. */
  attach(hello: MessageShape<typeof wire.HelloSchema>): AttachedWorker {
    const worker = new AttachedWorker(hello, this.#watched);
    // The stream before was lost, and this side may not have noticed yet.
    for (const former of this.#roster.workers)
      if (former.id === worker.id) this.#lose(former, { why: replaced(worker.id) });
    for (const { taskId, token } of hello.results) {
      const held = this.#orphans.take(worker.id, { taskId, token: Number(token) });
      if (held) worker.held.set(taskId, held);
    }
    this.#roster.attach(worker);
    this.#giveUpAll(this.#orphans.takeOf(worker.id));
    this.#pump();
    return worker;
  }

  /**
   * The stream is gone, and with it what the worker was doing. A result it brings along when it comes back, which is waited for unless
   * `isGone`.
   */
  detach(worker: AttachedWorker, isGone = false): void {
    this.#lose(worker, { isGone });
  }

  #lose(worker: AttachedWorker, { isGone = false, why }: { isGone?: boolean; why?: Error }): void {
    if (!this.#roster.detach(worker, this.#watched)) return;
    const lost = [...worker.held.values()];
    worker.end(why);
    const until = this.#watched + limits.lostStream.value;
    for (const held of lost) {
      this.#endAttempt(held);
      if (!isGone) this.#orphans.add({ held, until });
      else this.#background(this.#giveUp(held, true));
    }
  }

  /** The worker itself is gone: nothing of it comes back. */
  gone(workerId: string): void {
    for (const worker of this.#roster.workers) if (worker.id === workerId) this.detach(worker, true);
    this.#giveUpAll(this.#orphans.takeOf(workerId));
  }

  /** What the worker may read and write for it ends. */
  #endAttempt({ taskId, token }: LeaseName): void {
    this.#background(this.#options.attempts.end(attemptName(taskId, token)));
  }

  /** What it wrote is removed as well, unless it has become the task's. */
  #discard({ taskId, token }: LeaseName): void {
    const { attempts, blobs } = this.#options;
    const name = attemptName(taskId, token);
    this.#background(attempts.end(name).then(() => blobs.discard(name)));
  }

  #giveUpAll(all: readonly Held[]): void {
    for (const held of all) this.#background(this.#giveUp(held, true));
  }

  async receive(worker: AttachedWorker, { message }: FromWorker): Promise<void> {
    worker.heard = this.#watched;
    switch (message.case) {
      case 'intent':
        return this.#intent(worker, message.value);
      case 'done':
        return this.#done(worker, message.value);
      case 'giveBack':
        return this.#takeBack(worker, message.value);
      case 'abilityChange':
        worker.change(message.value, this.#watched);
        this.#roster.changed();
        return this.#pump();
      default:
    }
  }

  /** `rather`: id of the worker that lost it, in whose place another is preferred. */
  #wait(task: TaskRecord, token: number, rather?: string): void {
    const not = task.first?.worker;
    const { id: taskId, share = [], priority = 0 } = task;
    this.#backlog.add({
      taskId,
      token,
      share,
      priority,
      pair: pairOf(task),
      ...(not !== undefined && { not }),
      ...(rather !== undefined && { rather }),
    });
  }

  /** Gives waiting tasks to free slots, in turn. */
  #pump(): void {
    if (this.#outage.isOn) return;
    this.#dismiss();
    for (;;) {
      const next = this.#backlog.take((need: Need) => this.#roster.roomFor(need));
      if (!next) return;
      const { worker, capability } = next.place;
      const { waiting, left } = next;
      worker.take(capability, { taskId: waiting.taskId, token: waiting.token + 1 }, left);
      this.#background(this.#underWay(waiting.taskId, () => this.#lease(worker, waiting)));
    }
  }

  async #lease(worker: AttachedWorker, waiting: Waiting): Promise<void> {
    const { taskId } = waiting;
    const token = waiting.token + 1;
    let leased: Awaited<ReturnType<TaskCommits['lease']>>;
    try {
      leased = await this.#commits.lease({ taskId, token: waiting.token, worker: worker.id });
    } catch (error) {
      worker.release(taskId, token);
      // Written or not, the item is taken up when the store is back.
      const isContested = isBusy(error);
      if (!isContested && !this.#outage.beginsWith(error)) this.#options.report(error);
      this.#pump();
      // Others change what this lease rests on: after all that wait now, at the next check at the latest.
      if (isContested) this.#backlog.add(waiting);
      return;
    }
    if (leased) this.#options.events.publish(leased.task);
    // Cancelled meanwhile, or it has ended, since it may not run any more.
    if (!leased?.lease) {
      worker.release(taskId, token);
      return this.#pump();
    }
    // The worker may have gone while the lease was being committed.
    const held = { taskId, token, worker: worker.id };
    if (!this.#roster.has(worker)) return this.#giveUp(held, true);
    this.#options.attempts.begin(attemptName(taskId, token));
    worker.held.set(taskId, held);
    worker.outbox.push({ message: { case: 'lease', value: leased.lease } });
  }

  /** A step with a task, which the queue is not to be believed about meanwhile. */
  async #underWay<T>(taskId: string, step: () => Promise<T>): Promise<T> {
    this.#steps.set(taskId, (this.#steps.get(taskId) ?? 0) + 1);
    try {
      return await step();
    } finally {
      const others = (this.#steps.get(taskId) ?? 1) - 1;
      if (others > 0) this.#steps.set(taskId, others);
      else this.#steps.delete(taskId);
    }
  }

  /**
   * Does a step until the store takes it. One that is no longer due when it is tried again may have been written without an
   * acknowledgement: then the task is as the store has it.
   */
  #persist(
    { taskId, token }: LeaseName,
    step: () => Promise<TaskRecord | undefined>,
  ): Promise<TaskRecord | undefined> {
    return this.#underWay(taskId, () =>
      this.#insist(
        async (again) => (await step()) ?? (again ? this.#commits.read(taskId) : undefined),
        async () => {
          const items = await this.#outage.outlast(() => this.#options.store.queue(TASK_QUEUE));
          return items.some((item) => item.id === taskId && item.token === token);
        },
      ),
    );
  }

  /**
   * Does a step until the store takes it: through outages, and through changes of others as long as it is due. Undefined where it is not
   * any more.
   */
  async #insist<T>(
    step: (again: boolean) => Promise<T>,
    isDue: () => boolean | Promise<boolean>,
  ): Promise<T | undefined> {
    for (;;) {
      try {
        return await this.#outage.outlast(step);
      } catch (error) {
        if (!isBusy(error)) throw error;
        if (!(await isDue())) return undefined;
      }
      await this.#nextCheck.promise;
    }
  }

  /** What no worker can run, and none that is expected, is said at once rather than never. */
  #dismiss(): void {
    const now = this.#watched;
    for (const { taskId, token } of this.#backlog.takeAll((need) => !this.#roster.canRun(need, now))) {
      const refused = this.#persist({ taskId, token }, () => this.#commits.refuse(taskId)).then((task) => {
        if (task) this.#options.events.publish(task);
      });
      this.#background(refused);
    }
  }

  async #intent(worker: AttachedWorker, intent: MessageShape<typeof wire.IntentSchema>): Promise<void> {
    const { taskId, token, dataId, contentSha256 } = intent;
    const holds = () => worker.held.get(taskId)?.token === Number(token);
    let granted = false;
    try {
      const intend = async () => holds() && (await this.#commits.intend(dataId, contentSha256));
      granted = (await this.#insist(intend, holds)) === true;
    } catch (error) {
      // Without an answer the worker would wait for ever; without a durable right nothing is encrypted.
      this.#options.report(error);
    }
    worker.outbox.push({ message: { case: 'intentReply', value: { taskId, token, dataId, granted } } });
  }

  async #done(worker: AttachedWorker, done: MessageShape<typeof wire.DoneSchema>): Promise<void> {
    const { taskId } = done;
    const token = Number(done.token);
    const current = worker.held.get(taskId)?.token === token;
    // The slot is free now; what follows is ours, whatever becomes of the worker.
    worker.release(taskId, token, done.report?.runMs);
    if (current) worker.held.delete(taskId);
    const finishing = current && this.#underWay(taskId, () => this.#finish(worker, done));
    this.#pump();
    try {
      this.#announce((await finishing) || undefined, { token, worker: worker.id });
      // Not where nobody knows what the store has: after a failed sync it may have what names these files as the task's.
      if (current) this.#discard({ taskId, token });
    } finally {
      worker.outbox.push({ message: { case: 'ack', value: { taskId, token: done.token } } });
    }
  }

  /** A result that cannot be stored is as good as none: the attempt is lost, rather than its task. */
  async #finish(
    { id }: AttachedWorker,
    done: MessageShape<typeof wire.DoneSchema>,
  ): Promise<TaskRecord | undefined> {
    const { taskId } = done;
    const lease = { taskId, token: Number(done.token) };
    const { token } = lease;
    // What it wrote is as it will stay.
    await this.#options.attempts.end(attemptName(taskId, token));
    try {
      return await this.#persist(lease, () => this.#commits.finish(taskId, token, answerOf(done, id)));
    } catch (error) {
      this.#options.report(error);
      return this.#persist(lease, () => this.#commits.requeue(taskId, token, true));
    }
  }

  /** The worker has not begun it, and does not wait for others to end; or it has lost the attempt. */
  async #takeBack(worker: AttachedWorker, back: MessageShape<typeof wire.GiveBackSchema>): Promise<void> {
    const token = Number(back.token);
    worker.release(back.taskId, token, Number.POSITIVE_INFINITY);
    const held = worker.held.get(back.taskId);
    if (held?.token !== token) return;
    this.#endAttempt(held);
    worker.held.delete(back.taskId);
    await this.#giveUp(held, back.lost !== '', back.lost);
  }

  /** `reason`: the task's, should this have been its last attempt. Empty: nobody knows. */
  async #giveUp(held: Held, counts: boolean, reason = ''): Promise<void> {
    const { taskId, token } = held;
    const requeue = () => this.#commits.requeue(taskId, token, counts, reason);
    this.#announce(await this.#persist(held, requeue), held);
    this.#discard(held);
  }

  /** Publishes a task's new state; one that waits for a worker again goes into the backlog. */
  #announce(task: TaskRecord | undefined, { token, worker }: Pick<Held, 'token' | 'worker'>): void {
    if (!task) return;
    this.#options.events.publish(task);
    if (task.status !== TaskStatus.Staged) return;
    this.#wait(task, token, worker);
    this.#pump();
  }

  /** A worker that has gone silent has lost its leases, whether it knows or not. */
  #check(): void {
    this.#watched += CHECK_MS;
    for (const worker of this.#roster.workers) {
      if (this.#watched - worker.heard > LEASE_MS) this.detach(worker, true);
    }
    this.#giveUpAll(this.#orphans.takeLate(this.#watched));
    this.#nextCheck.resolve();
    this.#nextCheck = Promise.withResolvers();
    const isTime = ++this.#checks % CHECKS_BETWEEN_RECONCILIATIONS === 0;
    if (this.#outage.isOn) this.#background(this.#recover());
    else if (isTime) this.#background(this.#reconcile());
    else this.#pump();
  }

  async #recover(): Promise<void> {
    if (await this.#outage.isOver()) await this.#reconcile();
  }

  /**
   * What the store holds and nobody here knows is taken up, as at a start; what has ended there and not here is stopped. After an outage,
   * and once a minute: whatever went wrong with a task, it is not forgotten.
   */
  async #reconcile(): Promise<void> {
    if (this.#reconciling) return;
    this.#reconciling = true;
    try {
      const held = [...this.#roster.workers].flatMap((worker) => [...worker.held.values()]);
      const items = await this.#options.store.queue(TASK_QUEUE);
      for (const item of items) await this.#carefully(() => this.#takeUp(item));
      const queued = new Set(items.map(({ id }) => id));
      for (const { taskId } of held)
        if (!queued.has(taskId)) await this.#carefully(() => this.#dropEnded(taskId));
    } catch (error) {
      if (!this.#outage.beginsWith(error)) throw error;
    } finally {
      this.#reconciling = false;
    }
    this.#pump();
  }

  /** One task's record must not keep the others from their turn. */
  async #carefully(step: () => Promise<void>): Promise<void> {
    await step().catch((error: unknown) => {
      if (!this.#outage.beginsWith(error)) this.#options.report(error);
    });
  }

  /** Its end was written, and whoever wrote it was never told. */
  async #dropEnded(taskId: string): Promise<void> {
    const task = await this.#commits.read(taskId);
    if (!task || isQueued(task)) return;
    this.#options.events.publish(task);
    this.drop(task);
  }

  #background(work: Promise<unknown>): void {
    work.catch(this.#options.report);
  }
}

const replaced = (id: string) =>
  refuse(
    'worker-replaced',
    `A newer stream of the worker "${id.slice(0, 80)}" has come: this one gets nothing more.`,
  );

const isBusy = (error: unknown): boolean => error instanceof PlatformError && error.code === 'busy';
