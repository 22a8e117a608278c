/** Compares a platform with what users were told: first whether it comes to an end of what it has begun, then, after one more start, whether all of it is right. */
import { decryptPrivately, FilesError } from '@gaiwan/files';
import { type common, frontend, gaiwan, hasEnded, TaskStatus } from '@gaiwan/protocol';
import type { Store } from '@gaiwan/store';
import type { FaultKind } from '../physics/faults.ts';
import { Violation } from '../violation.ts';
import type { World } from '../world/world.ts';
import { FAILS, outputOf, resultOf } from './executor.ts';
import type { Journal, OutputStory, TaskStory } from './journal.ts';
import type { Machine } from './machine.ts';
import { type PlatformRecords, recordsOf } from './records.ts';
import type { Functions } from './start.ts';
import type { User } from './user.ts';

/** Milliseconds, and how often: a pause after a failed start of an executor is the longest that anything waits. */
const LOOKS_EVERY = 2000;
const LOOKS = 240;
/** Tasks that may be refused until an executor that did not start is tried again. */
const TRIES = 200;
/** What may cost a worker's attempt. That the platform, or a clock, stands still or jumps is none of it. */
const costly: readonly FaultKind[] = [
  'worker kill',
  'paused worker',
  'killed run',
  'lost connection',
  'read error',
  'write error',
  'sync error',
];
/** What may be the end of a file on its way between worker and platform, and with it of a task. */
const breaksFiles: readonly FaultKind[] = [
  'kill',
  'power loss',
  'read error',
  'write error',
  'disk full',
  'sync error',
  'dropped message',
  'unanswered anchor',
];
const MAX_ATTEMPTS = 3;
/** Whose entry in the audit log is in the commit. */
const committed = [
  'RegisterFunction',
  'RegisterInputFile',
  'RegisterOutputFile',
  'CreateUpload',
  'DiscardUpload',
  'CreateOutput',
  'CreateTask',
  'AssignData',
  'ApproveTask',
  'InvokeTask',
  'CancelTask',
];

export interface AuditorOptions {
  readonly world: World;
  readonly machine: Machine;
  readonly journal: Journal;
  readonly users: readonly User[];
  readonly functions: Functions;
}

type TaskView = { readonly status: TaskStatus; readonly result?: common.TaskResult | undefined };

export class PlatformAuditor {
  readonly #options: AuditorOptions;

  constructor(options: AuditorOptions) {
    this.#options = options;
  }

  /** Without faults, everything that was invoked ends, in a bounded number of looks. @throws Violation (rejects) */
  async progress(): Promise<void> {
    const { world, journal } = this.#options;
    for (let looks = 0; ; looks++) {
      const open: string[] = [];
      for (const task of journal.tasks) {
        if (task.invoked === 'no') continue;
        const { status } = await this.#look(task);
        const isBegun = status === TaskStatus.Staged || status === TaskStatus.Running;
        if (isBegun) open.push(`${task.id} is ${nameOfStatus(status)}`);
        if (task.invoked === 'yes' && !isBegun && !hasEnded(status))
          throw new Violation(`${task.id} was invoked, and is ${nameOfStatus(status)}`);
      }
      if (open.length === 0) return;
      if (looks === LOOKS) throw new Violation(`no end without a fault: ${open.join(', ')}`);
      await world.loop.sleep(LOOKS_EVERY);
    }
  }

  /** Somebody's new task is done, with a few tries: what faults have left does not stay. @throws Violation (rejects) */
  async works(): Promise<void> {
    const { world, journal, users, functions } = this.#options;
    const [user] = users;
    if (!user) throw new TypeError('there are no users');
    for (let tries = 0; tries < TRIES; tries++) {
      const given = JSON.stringify({ n: `the last one ${tries}` });
      await user.runEcho(functions.echo, given);
      await this.progress();
      const task = journal.tasks.at(-1);
      if (task?.given !== given || task.canceled !== 'no') continue;
      const { result } = await this.#look(task);
      if (result?.result.case === 'Ok') return;
      await world.loop.sleep(LOOKS_EVERY);
    }
    throw new Violation('no task is done any more, without a fault');
  }

  /** @throws Violation (rejects) */
  async whole(): Promise<void> {
    const { journal, machine } = this.#options;
    const views = new Map<TaskStory, TaskView>();
    for (const task of journal.tasks) views.set(task, await this.#look(task));
    for (const { id, by } of journal.data) await this.#requireData(id, by);
    for (const { url, by } of journal.uploads) await this.#requireUpload(url, by);
    const store = await machine.serves();
    const records = await recordsOf(store);
    for (const [task, view] of views) {
      requireOnce(task, records);
      this.#requireRight(task, view, records);
      if (view.result?.result.case === 'Ok' && task.output) await this.#requireOutput(task);
    }
    this.#requireEntries(records);
    await this.#requireUsage(store, views);
    for (const user of this.#options.users) await this.#requireStorage(user, records);
  }

  #userOf(name: string): User {
    const user = this.#options.users.find(({ id }) => id === name);
    if (!user) throw new TypeError(`there is no ${name}`);
    return user;
  }

  async #look({ id: taskId, by }: TaskStory): Promise<TaskView> {
    const view = await this.#userOf(by).ask(frontend.TeaclaveFrontend.method.getTask, { taskId });
    if ('value' in view) return view.value;
    const why = 'refused' in view ? view.refused.message : 'nobody answers';
    throw new Violation(`${taskId} was acknowledged, and is not there: ${why}`);
  }

  async #requireData(dataId: string, by: string): Promise<void> {
    const { getInputFile, getOutputFile } = frontend.TeaclaveFrontend.method;
    const user = this.#userOf(by);
    const isInput = dataId.startsWith('input');
    const found = await (isInput ? user.get(getInputFile, { dataId }) : user.get(getOutputFile, { dataId }));
    if (!found) throw new Violation(`${dataId} was acknowledged, and is not there`);
  }

  async #requireUpload(url: string, by: string): Promise<void> {
    const found = await this.#userOf(by).get(gaiwan.DataService.method.resumeUpload, { url });
    if (!found?.complete) throw new Violation(`the upload ${url} was acknowledged, and is not whole`);
  }

  async #requireOutput({ id, by, given, input, output }: TaskStory): Promise<void> {
    if (!output) return;
    const download = await this.#userOf(by).get(gaiwan.DataService.method.createDownload, {
      dataId: output.id,
    });
    if (!download) throw new Violation(`the output of ${id} cannot be had`);
    const { path, capability } = download;
    const { status, body } = await this.#options.machine.file({ method: 'GET', path, capability });
    if (status !== 200) throw new Violation(`the output of ${id} cannot be had: ${status}`);
    const wanted = outputOf(resultOf(given, input));
    if ((await opened(body, output)) !== wanted) throw new Violation(`the output of ${id} is another one`);
  }

  #requireRight(task: TaskStory, { status, result }: TaskView, records: PlatformRecords): void {
    const { id, given, input, invoked, canceled } = task;
    if (canceled === 'yes' && status !== TaskStatus.Canceled)
      throw new Violation(`${id} was cancelled, and is ${nameOfStatus(status)}`);
    if (status === TaskStatus.Canceled && canceled === 'no') throw new Violation(`nobody cancelled ${id}`);
    if (hasEnded(status) && status !== TaskStatus.Canceled && invoked === 'no')
      throw new Violation(`nobody invoked ${id}`);
    if (!hasEnded(status) || status === TaskStatus.Canceled) return;
    const lost = records.lostAttempts(id);
    // A full disk stays full for a while, and costs each attempt that begins meanwhile.
    const mayBeLost = this.#count(['disk full']) > 0 ? Number.POSITIVE_INFINITY : this.#count(costly);
    if (lost > mayBeLost) throw new Violation(`${id} lost ${lost} attempts, which nothing has cost`);
    const said = result?.result;
    if (said?.case === 'Ok') {
      const text = Buffer.from(said.value.returnValue).toString();
      if (given.includes(FAILS)) throw new Violation(`${id} has a result, and its function fails`);
      if (text !== resultOf(given, input)) throw new Violation(`the result of ${id} is ${text}`);
      return;
    }
    const reason = said?.case === 'Err' ? said.value.reason : '';
    const isOwn = given.includes(FAILS) && reason.includes('it fails, as it was told');
    const isWornOut = lost >= MAX_ATTEMPTS;
    const isLeft = reason.startsWith('function not available') && this.#count(['failed executor']) > 0;
    const isBroken = /transfer broke|disk is full|no room/.test(reason) && this.#count(breaksFiles) > 0;
    if (!isOwn && !isWornOut && !isLeft && !isBroken)
      throw new Violation(`${id} failed for no reason: ${reason}`);
  }

  #count(kinds: readonly FaultKind[]): number {
    const { counts } = this.#options.world.faults;
    return kinds.reduce((sum, kind) => sum + (counts.get(kind) ?? 0), 0);
  }

  /** Each acknowledged change has its entry, and nothing has more than was asked. */
  #requireEntries({ entries }: PlatformRecords): void {
    const doubled = this.#count(['doubled message']);
    for (const [name, { acknowledged, perhaps }] of this.#options.journal.allCalls) {
      const [by = '', method = ''] = name.split(' ');
      if (!committed.includes(method)) continue;
      const found = entries.get(`${by} ${snakeCase(method)}`) ?? 0;
      if (found < acknowledged)
        throw new Violation(`${by} was told ${acknowledged} times of ${method}; the audit log has ${found}`);
      if (found > acknowledged + perhaps + doubled)
        throw new Violation(
          `the audit log has ${found} times ${method} of ${by}, asked for ${acknowledged + perhaps}`,
        );
    }
  }

  /** What a function's quota counts: each invocation, once. */
  async #requireUsage(store: Store, views: ReadonlyMap<TaskStory, TaskView>): Promise<void> {
    for (const functionId of Object.values(this.#options.functions)) {
      // As invocations write them.
      const counted = (await store.log(`usage/${functionId}`)).map(
        ({ value }) => (JSON.parse(Buffer.from(value).toString()) as { readonly task: string }).task,
      );
      if (new Set(counted).size !== counted.length) throw new Violation('an invocation was counted twice');
      for (const [{ id, function: of, invoked }, { status }] of views) {
        if (of !== functionId) continue;
        const wasInvoked = status !== TaskStatus.Canceled && status !== TaskStatus.Created;
        const isCounted = counted.includes(id);
        if (invoked === 'yes' && !isCounted) throw new Violation(`the invocation of ${id} was not counted`);
        if (invoked === 'no' && isCounted) throw new Violation(`${id} was counted, and not invoked`);
        if (invoked === 'perhaps' && wasInvoked && hasEnded(status) !== isCounted)
          throw new Violation(`${id} is ${nameOfStatus(status)}, and was ${isCounted ? '' : 'not '}counted`);
      }
    }
  }

  /** The sums that quotas are held to are those of the records. */
  async #requireStorage(user: User, { held }: PlatformRecords): Promise<void> {
    const use = await user.get(gaiwan.StorageService.method.getStorageUse, {});
    const { bytes, items } = held.get(user.id) ?? { bytes: 0, items: 0 };
    if (use && Number(use.bytes) === bytes && Number(use.items) === items) return;
    throw new Violation(
      `${user.id} has ${items} items of ${bytes} bytes, and is counted with ${use?.items} of ${use?.bytes}`,
    );
  }
}

/** One end, one invocation, and each lease under a newer token than the one before. */
function requireOnce({ id }: TaskStory, { eventsOf }: PlatformRecords): void {
  const events = eventsOf(id);
  const count = (...types: readonly string[]) => events.filter(({ type }) => types.includes(type)).length;
  if (count('task-invoked') > 1) throw new Violation(`${id} was invoked twice`);
  if (count('task-finished', 'task-failed', 'task-voided', 'task-canceled') > 1)
    throw new Violation(`${id} ended twice`);
  const tokens = events.filter(({ type }) => type === 'task-leased').map(({ token }) => token ?? 0);
  if (tokens.some((token, index) => index > 0 && token <= (tokens[index - 1] ?? 0)))
    throw new Violation(`leases of ${id} have the tokens ${tokens.join()}`);
}

const statusNames: ReadonlyMap<number, string> = new Map(
  Object.entries(TaskStatus).map(([name, status]) => [status, name]),
);
const nameOfStatus = (status: TaskStatus): string => statusNames.get(status) ?? `${status}`;

const snakeCase = (name: string): string =>
  name.replace(/(?<!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();

/** Undefined for what is not authentic. */
async function opened(file: Uint8Array, { key, name }: OutputStory): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  try {
    await decryptPrivately([file], (chunk) => void chunks.push(Uint8Array.from(chunk)), { key, name });
  } catch (error) {
    if (error instanceof FilesError) return undefined;
    throw error;
  }
  return Buffer.concat(chunks).toString();
}
