/** Management over real blobs, and tasks that a test runs by hand: for what is kept, and goes. */
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { frontend, gaiwan } from '@gaiwan/protocol';
import type { Store } from '@gaiwan/store';
import { expect, vi } from 'vitest';
import { type DataRecord, decodeRecord, type HeldRecord, keys, type TaskRecord } from '../domain/index.ts';
import type { Caller } from '../ports.ts';
import type { RetentionPeriods } from '../retention/periods.ts';
import { Retention } from '../retention/retention.ts';
import { BlobStore } from '../services/storage/index.ts';
import type { Holdings } from '../state/holdings.ts';
import { OpenAccounts } from '../state/open-accounts.ts';
import { OpenAttempts } from '../state/open-attempts.ts';
import { readRecord } from '../state/transaction.ts';
import { TaskCommits } from '../tasks/commits.ts';
import { attemptName } from '../tasks/lease.ts';
import { BlobCalls } from './blob-calls.ts';
import { endlessRoom, openTestHoldings } from './holdings.ts';
import { caller, ManagementTest } from './management.ts';
import type { TestStore } from './store.ts';

const AES = () => ({ schema: 'aes-gcm-256', key: randomBytes(32), iv: randomBytes(12) });

export class KeepingTest {
  readonly management: ManagementTest;
  readonly blobs: BlobStore;
  readonly failures: unknown[] = [];
  readonly #commits: TaskCommits;
  #functionId: Promise<string> | undefined;

  private constructor(management: ManagementTest, blobs: BlobStore) {
    this.management = management;
    this.blobs = blobs;
    const { holdings, stored } = management;
    this.#commits = new TaskCommits({ store: stored.store, blobs, clock: stored.clock, holdings });
  }

  static async open(): Promise<KeepingTest> {
    const opened: BlobStore[] = [];
    const management = await ManagementTest.open({}, async (stored, holdings) => {
      const blobs = await openBlobs(stored, holdings);
      opened.push(blobs);
      return blobs;
    });
    const [blobs] = opened;
    if (!blobs) throw new Error('no blobs');
    return new KeepingTest(management, blobs);
  }

  async close(): Promise<void> {
    await this.blobs.settled();
    await this.management.close();
    expect(this.failures).toEqual([]);
  }

  get store(): Store {
    return this.management.stored.store;
  }

  /** Does this once, when the next commit is about to be made. */
  beforeCommit(what: () => Promise<unknown>): void {
    const { store } = this.management.stored;
    const commit = store.commit.bind(store);
    const spy = vi.spyOn(store, 'commit').mockImplementationOnce(async (batch) => {
      spy.mockRestore();
      await what();
      return commit(batch);
    });
  }

  /** Time passes. */
  pass(ms: number): void {
    this.management.stored.clock.time += ms;
  }

  readonly calls = new BlobCalls(() => ({
    store: this.store,
    clock: this.management.stored.clock,
    blobs: this.blobs,
  }));

  retention(periods: RetentionPeriods, store: Store = this.store): Retention {
    const { holdings, stored } = this.management;
    const report = (error: unknown) => this.failures.push(error);
    return new Retention({ store, clock: stored.clock, blobs: this.blobs, holdings, periods, report });
  }

  /** An upload that is complete; returns its URL. */
  async upload(who: Caller, text: string): Promise<string> {
    const { url, path } = await this.calls.createUpload(who.subject, 'file', text.length);
    const id = path.split('/').at(-1) ?? '';
    writeFileSync(this.blobs.path({ id }), text);
    await this.blobs.complete(id);
    return url;
  }

  /** Returns its id. */
  async input(who: Caller, url: string): Promise<string> {
    const raw = url.startsWith('data:');
    const cryptoInfo = raw ? { schema: 'raw' } : AES();
    const request = { url, cmac: new Uint8Array(16).fill(1), cryptoInfo };
    return this.#dataId(
      this.management.management.frontend.registerInputFile(
        who,
        create(frontend.RegisterInputFileRequestSchema, request),
      ),
    );
  }

  async output(who: Caller): Promise<string> {
    const { url } = await this.calls.createOutput(who.subject, 'out');
    return this.#dataId(
      this.management.management.frontend.registerOutputFile(
        who,
        create(frontend.RegisterOutputFileRequestSchema, { url, cryptoInfo: AES() }),
      ),
    );
  }

  fusion(...owners: readonly Caller[]): Promise<string> {
    const [first = caller('nobody')] = owners;
    const request = { ownerList: owners.map(({ id }) => id) };
    return this.#dataId(
      this.management.management.frontend.registerFusionOutput(
        first,
        create(frontend.RegisterFusionOutputRequestSchema, request),
      ),
    );
  }

  fromOutput(who: Caller, dataId: string): Promise<string> {
    return this.#dataId(
      this.management.management.frontend.registerInputFromOutput(
        who,
        create(frontend.RegisterInputFromOutputRequestSchema, { dataId }),
      ),
    );
  }

  async #dataId(reply: Promise<object>): Promise<string> {
    return ((await reply) as { dataId: string }).dataId;
  }

  deleteData(who: Caller, dataId: string) {
    const request = create(gaiwan.DeleteDataRequestSchema, { dataId });
    return this.management.management.data.deleteData(who, request);
  }

  deleteTask(who: Caller, taskId: string) {
    const request = create(gaiwan.DeleteTaskRequestSchema, { taskId });
    return this.management.management.tasks.deleteTask(who, request);
  }

  /** Of a function with the slots `in` and `out`. */
  async task(who: Caller, owners: { readonly in: Caller; readonly out: Caller }): Promise<string> {
    this.#functionId ??= this.management.register(caller('vendor', 'FunctionOwner', ''), {
      public: true,
      inputs: [{ name: 'in' }],
      outputs: [{ name: 'out' }],
    });
    return this.management.createTask(
      who,
      await this.#functionId,
      { in: owners.in.id },
      { out: owners.out.id },
    );
  }

  async assign(who: Caller, taskId: string, data: { in?: string; out?: string }): Promise<void> {
    const maps = (dataName: 'in' | 'out') => {
      const dataId = data[dataName];
      return dataId === undefined ? [] : [{ dataName, dataId }];
    };
    const request = { taskId, inputs: maps('in'), outputs: maps('out') };
    await this.management.management.frontend.assignData(
      who,
      create(frontend.AssignDataRequestSchema, request),
    );
  }

  /** Approved by these, and invoked by the first. */
  async invoke(taskId: string, ...people: readonly Caller[]): Promise<void> {
    const [first = caller('nobody')] = people;
    for (const who of people)
      await this.management.management.frontend.approveTask(
        who,
        create(frontend.ApproveTaskRequestSchema, { taskId }),
      );
    await this.management.management.frontend.invokeTask(
      first,
      create(frontend.InvokeTaskRequestSchema, { taskId }),
    );
  }

  /** As a worker and the scheduler do. */
  async run(taskId: string, { returned = 'done', log = [] as string[], ok = true } = {}): Promise<void> {
    const leased = await this.#commits.lease({ taskId, token: 0, worker: 'w' });
    const dataId = leased?.task.outputs[0]?.data?.id ?? '';
    const { url = '' } = (await readRecord<DataRecord>(this.store, keys.data(dataId))) ?? {};
    const attempt = attemptName(taskId, 1);
    const id = url.split('/')[3] ?? '';
    writeFileSync(this.blobs.path({ id, attempt }), 'output');
    const tags = { out: new Uint8Array(16).fill(2) };
    const outcome = ok
      ? { ok, returnValue: Buffer.from(returned), tags, log }
      : ({ ok: false, reason: returned, log } as const);
    await this.#commits.finish(taskId, 1, { outcome });
    if (!ok) {
      await this.blobs.announceOutput({ id, attempt }, 'output'.length);
      await this.blobs.discard(attempt);
    }
  }

  cancel(who: Caller, taskId: string): Promise<unknown> {
    return this.management.management.frontend.cancelTask(
      who,
      create(frontend.CancelTaskRequestSchema, { taskId }),
    );
  }

  record(taskId: string): Promise<TaskRecord | undefined> {
    return readRecord<TaskRecord>(this.store, keys.task(taskId));
  }

  get files(): string[] {
    return readdirSync(this.#folder).sort();
  }

  /** What a start finds that nobody knows. */
  get setAside(): boolean {
    return existsSync(join(this.management.stored.folder, 'aside'));
  }

  get #folder(): string {
    return join(this.management.stored.folder, 'blobs');
  }

  /** As a restart does with files. */
  async sweep(): Promise<void> {
    const blobs = await openBlobs(this.management.stored, this.management.holdings);
    await blobs.sweep(join(this.management.stored.folder, 'aside'));
  }

  /** That memory, the log of changes, and the rows of what is held say the same, and that each row's item is there. */
  async requireCounted(who: Caller): Promise<void> {
    const rows: HeldRecord[] = [];
    for await (const { key, value } of this.store.entries(['held'])) {
      const [, kind = '', id = ''] = key;
      expect(await this.store.get([kind, id]), key.join(' ')).toBeDefined();
      const row = decodeRecord<HeldRecord>(value);
      if (row.by === who.subject) rows.push(row);
    }
    const sum = { bytes: rows.reduce((all, { bytes }) => all + bytes, 0), items: rows.length };
    expect(this.management.holdings.use({ user: who.subject })).toMatchObject(sum);
    expect((await openTestHoldings(this.store)).use({ user: who.subject })).toMatchObject(sum);
  }
}

const openBlobs = (stored: TestStore, holdings: Holdings): Promise<BlobStore> =>
  BlobStore.open({
    store: stored.store,
    folder: join(stored.folder, 'blobs'),
    clock: stored.clock,
    accounts: new OpenAccounts(stored.store),
    attempts: new OpenAttempts(),
    holdings,
    room: endlessRoom,
    ids: randomUUID,
    failed: (error) => {
      throw error;
    },
    report: (error) => {
      throw error;
    },
  });
