/**
 * What a call costs where much is stored: 10,000 users, functions and data items and 100,000 tasks, of which one user has a part in all,
 * beside a store with one page of each (200). Both are in this process, and are asked by turns. `GAIWAN_BENCH_STORED=0.1`: a tenth of it.
 */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { create } from '@bufbuild/protobuf';
import { frontend, gaiwan, type Subject, TaskStatus } from '@gaiwan/protocol';
import {
  type DataRecord,
  defaultTaskLimits,
  defaultTaskMaxima,
  type RoleName,
} from '../packages/platform/src/domain/index.ts';
import type { Blobs, Caller } from '../packages/platform/src/ports.ts';
import { CedarAccessControl } from '../packages/platform/src/services/access-control/index.ts';
import { writeAccount } from '../packages/platform/src/services/authentication/accounts.ts';
import { listMethods } from '../packages/platform/src/services/authentication/lists.ts';
import { authenticationConventions } from '../packages/platform/src/services/authentication/methods.ts';
import { writeData } from '../packages/platform/src/services/management/data-records.ts';
import { writeFunction } from '../packages/platform/src/services/management/function-records.ts';
import { createManagement, frontendConventions } from '../packages/platform/src/services/management/index.ts';
import { LocalTaskEvents } from '../packages/platform/src/services/scheduler/index.ts';
import { OpenAccounts } from '../packages/platform/src/state/open-accounts.ts';
import { Reading } from '../packages/platform/src/state/reading.ts';
import { type Transaction, transact } from '../packages/platform/src/state/transaction.ts';
import { takeStep } from '../packages/platform/src/tasks/steps.ts';
import { NotedAudit } from '../packages/platform/src/testing/audit.ts';
import { callsOf } from '../packages/platform/src/testing/calls.ts';
import { openTestHoldings } from '../packages/platform/src/testing/holdings.ts';
import { withoutKeys } from '../packages/platform/src/testing/signatures.ts';
import { TestStore } from '../packages/platform/src/testing/store.ts';
import { subjectOf } from '../packages/platform/src/testing/subjects.ts';
import { summaryOf } from './stats.ts';

const SHARE = Number(process.env['GAIWAN_BENCH_STORED'] ?? 1);
const SMALL = { items: 200, tasks: 200 };
const LARGE = { items: Math.round(10_000 * SHARE), tasks: Math.round(100_000 * SHARE) };
/** Of one kind of call, in each store. */
const CALLS = 200;
/** Of a page that is asked for. */
const PAGE = 50;
const BATCH = 100;

const callerOf = (id: string, name: RoleName, attribute = ''): Caller => ({
  id,
  subject: subjectOf(id),
  role: { name, attribute },
  address: '::1',
});
const ann = callerOf('ann', 'DataOwner', 'north');
const vendor = callerOf('vendor', 'FunctionOwner');
const admin = callerOf('admin', 'PlatformAdmin');
const nothing = async () => undefined;
const blobs = {
  requireUsable: nothing,
  claimOutput: nothing,
  refer: nothing,
  release: nothing,
} as unknown as Blobs;

type Call = () => Promise<unknown>;

class Stored implements AsyncDisposable {
  readonly #stored: TestStore;
  readonly calls: Readonly<Record<string, Call>>;

  private constructor(stored: TestStore, calls: Readonly<Record<string, Call>>) {
    this.#stored = stored;
    this.calls = calls;
  }

  static async fill({ items, tasks }: typeof SMALL): Promise<Stored> {
    const stored = await TestStore.open();
    const { store, clock } = stored;
    const holdings = await openTestHoldings(store);
    const inBatches = async (count: number, write: (tx: Transaction, n: number) => Promise<unknown>) => {
      for (let from = 0; from < count; from += BATCH)
        await transact(store, clock, async (tx) => {
          for (let n = from; n < Math.min(count, from + BATCH); n++) await write(tx, n);
        });
    };
    const credentials = { password: 'none', generation: 'none' };
    const account = (tx: Transaction, { id, subject, role }: Caller) =>
      writeAccount(tx, { after: { id, subject, role, since: 1, ...credentials }, by: admin.subject });
    await inBatches(1, async (tx) => {
      for (const who of [admin, vendor, ann]) await account(tx, who);
    });
    await inBatches(items, (tx, n) =>
      account(tx, callerOf(`user-${n}`, 'DataOwner', n < 100 ? 'north' : `group-${n % 100}`)),
    );
    const functions: string[] = [];
    await inBatches(items, async (tx, n) => {
      const id = `function-${randomUUID()}`;
      functions.push(id);
      const request = {
        name: n === 0 ? 'needle' : `statistic-${n}`,
        description: `Computes the number ${n} of all incomes of a district`,
        executorType: 'builtin',
        payload: new Uint8Array(),
        public: n % 10 !== 1,
        arguments: [],
        inputs: [],
        outputs: [{ name: 'out', description: '', optional: false }],
        userAllowlist: n % 10 === 1 ? ['ann'] : [],
        usageQuota: -1,
      };
      const read = new Reading(tx, vendor.subject);
      await writeFunction(holdings, { tx, read }, { id, owner: vendor.subject, request, codeHidden: false });
    });
    const data: DataRecord[] = [];
    await inBatches(items, async (tx, n) => {
      const record: DataRecord = {
        id: `output-${randomUUID()}`,
        owners: [ann.subject],
        url: `https://files.example/result-${n}`,
        crypto: { schema: 'aes-gcm-128', key: new Uint8Array(16), iv: new Uint8Array(12) },
        epoch: 1,
      };
      data.push(record);
      await writeData({ holdings, blobs }, { tx, caller: ann }, { record, type: 'output-registered' });
    });
    const taskIds: string[] = [];
    await inBatches(tasks, async (tx, n) => {
      const id = await writeTask(tx, functions[n % functions.length] ?? '', data[n % data.length], n);
      taskIds.push(id);
    });
    const [functionId = ''] = functions;
    return new Stored(stored, await callsIn(stored, holdings, { functionId, taskId: taskIds[0] ?? '' }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stored.close();
  }
}

/** Every tenth is open; the others have been cancelled. */
async function writeTask(
  tx: Transaction,
  functionId: string,
  data: DataRecord | undefined,
  n: number,
): Promise<string> {
  const read = new Reading(tx, ann.subject);
  const record = await read.function(functionId);
  const { definition } = await read.version(record.version);
  const id = `task-${randomUUID()}`;
  const creator: Subject = n % 2 === 0 ? ann.subject : admin.subject;
  const created = takeStep(tx, {
    operation: 'create',
    before: undefined,
    given: {
      id,
      epoch: 1,
      by: creator,
      function: record,
      definition,
      executor: 'builtin',
      arguments: '{}',
      inputs: [],
      outputs: [{ name: 'out', owners: [ann.subject] }],
      limits: defaultTaskLimits,
    },
  }).task;
  if (n % 10 !== 0) {
    takeStep(tx, { operation: 'cancel', before: created, given: {} });
    return id;
  }
  if (data) {
    const given = { by: ann.subject, inputs: [], outputs: [{ slot: 'out', data }] };
    takeStep(tx, { operation: 'assign', before: created, given });
  }
  return id;
}

interface Named {
  readonly functionId: string;
  readonly taskId: string;
}

async function callsIn(
  { store, clock }: TestStore,
  holdings: Awaited<ReturnType<typeof openTestHoldings>>,
  { functionId, taskId }: Named,
): Promise<Readonly<Record<string, Call>>> {
  const [access, events, audit] = [new CedarAccessControl(), new LocalTaskEvents(), new NotedAudit()];
  const accounts = new OpenAccounts(store);
  const scheduler = {
    enqueue: () => undefined,
    drop: () => undefined,
    canRun: () => true,
    hasTwoWorkersFor: () => true,
    hasAbleWorkerFor: () => true,
  };
  const pipeline = { store, clock, access, accounts, events, audit, signatures: withoutKeys };
  const management = createManagement({
    store,
    scheduler,
    events,
    blobs,
    audit,
    access,
    holdings,
    retention: {},
    ids: randomUUID,
    requireAllowedUrl: () => undefined,
    taskLimits: defaultTaskLimits,
    taskMaxima: defaultTaskMaxima,
  });
  const conventions = frontendConventions;
  const tasks = callsOf(management.tasks, { ...pipeline, conventions });
  const functions = callsOf(management.functions, { ...pipeline, conventions });
  const front = callsOf(management.frontend, { ...pipeline, conventions });
  const data = callsOf(management.data, { ...pipeline, conventions });
  const users = callsOf(listMethods({ store }), { ...pipeline, conventions: authenticationConventions });
  const list = (more: object) => create(gaiwan.ListTasksRequestSchema, { pageSize: PAGE, ...more });
  const find = (more: object) => create(gaiwan.FindFunctionsRequestSchema, { pageSize: PAGE, ...more });
  return {
    'list tasks': () => tasks.listTasks(ann, list({})),
    'list open tasks': () =>
      tasks.listTasks(ann, list({ pageSize: 10, statuses: [TaskStatus.Created, TaskStatus.DataAssigned] })),
    'list own tasks': () => tasks.listTasks(ann, list({ role: gaiwan.TaskRole.CREATOR })),
    'list a function’s tasks': () => tasks.listTasks(ann, list({ functionId, pageSize: 1 })),
    'list data': () => data.listData(ann, create(gaiwan.ListDataRequestSchema, { pageSize: PAGE })),
    'list data by name': () =>
      data.listData(ann, create(gaiwan.ListDataRequestSchema, { namePrefix: 'result-1', pageSize: 10 })),
    'list users': () => users.findUsers(admin, create(gaiwan.FindUsersRequestSchema, { pageSize: PAGE })),
    'list users of a group': () =>
      users.findUsers(admin, create(gaiwan.FindUsersRequestSchema, { group: 'north', pageSize: PAGE })),
    'find functions': () => functions.findFunctions(ann, find({})),
    'find by name': () => functions.findFunctions(ann, find({ name: 'needle' })),
    'find by words': () => functions.findFunctions(ann, find({ words: 'district income', pageSize: 20 })),
    'get task': () => front.getTask(ann, create(frontend.GetTaskRequestSchema, { taskId })),
    'get function': () => front.getFunction(ann, create(frontend.GetFunctionRequestSchema, { functionId })),
    'review manifest': () => tasks.getManifest(ann, create(gaiwan.GetManifestRequestSchema, { taskId })),
    'review code': () => tasks.getTaskCode(ann, create(gaiwan.GetTaskCodeRequestSchema, { taskId })),
    'why a task waits': () => tasks.explainTask(ann, create(gaiwan.ExplainTaskRequestSchema, { taskId })),
  };
}

async function timesOf(call: Call): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < CALLS / 10; n++) {
    const begin = performance.now();
    await call();
    times.push(performance.now() - begin);
  }
  return times;
}

export async function run(): Promise<void> {
  const began = performance.now();
  await using small = await Stored.fill(SMALL);
  await using large = await Stored.fill(LARGE);
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  console.log(
    `stored: ${LARGE.items} users, functions and data items, ${LARGE.tasks} tasks, beside ${SMALL.items} of each; filled in ${seconds} s`,
  );
  console.log('                           ms, small   ms, large   ratio (medians)');
  for (const [name, call] of Object.entries(small.calls)) {
    const other = large.calls[name];
    if (!other) throw new Error(`${name} is in one store alone`);
    const [few, many]: [number[], number[]] = [[], []];
    // By turns: what else the machine does meanwhile meets both.
    for (let turn = 0; turn < 10; turn++) {
      few.push(...(await timesOf(call)));
      many.push(...(await timesOf(other)));
    }
    const [one, two] = [summaryOf(few).p50, summaryOf(many).p50];
    console.log(
      `${name.padEnd(24)} ${one.toFixed(3).padStart(11)} ${two.toFixed(3).padStart(11)} ${(two / one).toFixed(2).padStart(7)}`,
    );
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await run();
