/** What a call does with blobs, its audit entry and what it counts for are one commit, or nothing. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { frontend, gaiwan } from '@gaiwan/protocol';
import type { Batch } from '@gaiwan/store';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultTaskLimits, defaultTaskMaxima } from '../domain/index.ts';
import { CedarAccessControl } from '../services/access-control/index.ts';
import { createManagement, frontendConventions, type Management } from '../services/management/index.ts';
import { LocalTaskEvents } from '../services/scheduler/index.ts';
import { BlobStore } from '../services/storage/index.ts';
import { StoredAuditLog } from '../state/audit-log.ts';
import type { Holdings } from '../state/holdings.ts';
import { OpenAccounts } from '../state/open-accounts.ts';
import { OpenAttempts } from '../state/open-attempts.ts';
import { type Calls, callsOf } from '../testing/calls.ts';
import { FaultyStore } from '../testing/faulty-store.ts';
import { endlessRoom, openTestHoldings } from '../testing/holdings.ts';
import { caller } from '../testing/management.ts';
import { withoutKeys } from '../testing/signatures.ts';
import { TestStore } from '../testing/store.ts';
import { putAccounts, subjectOf } from '../testing/subjects.ts';

const access = new CedarAccessControl();
const ann = caller('ann');
let test: TestStore;
let store: FaultyStore;
let holdings: Holdings;
let blobs: BlobStore;
let data: Calls<Management['data']>;
let front: Calls<Management['frontend']>;
/** Those that were tried. */
const commits: Batch[] = [];
let fails: boolean;
let ids = 0;

beforeEach(async () => {
  test = await TestStore.open();
  await putAccounts(test.store, [ann.subject, subjectOf('ben')]);
  store = new FaultyStore(test.store);
  holdings = await openTestHoldings(store, { user: { bytes: 1000, items: 2 } });
  const accounts = new OpenAccounts(store);
  const { clock } = test;
  const events = new LocalTaskEvents();
  const audit = new StoredAuditLog(store);
  blobs = await BlobStore.open({
    store,
    folder: join(test.folder, 'blobs'),
    clock,
    accounts,
    attempts: new OpenAttempts(),
    failed: () => undefined,
    report: (error) => expect.unreachable(String(error)),
    holdings,
    room: endlessRoom,
    ids: () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`,
  });
  const management = createManagement({
    store,
    blobs,
    events,
    audit,
    access,
    holdings,
    retention: {},
    scheduler: {
      enqueue: () => undefined,
      drop: () => undefined,
      canRun: () => true,
      hasTwoWorkersFor: () => true,
      hasAbleWorkerFor: () => true,
    },
    ids: () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`,
    requireAllowedUrl: () => undefined,
    taskLimits: defaultTaskLimits,
    taskMaxima: defaultTaskMaxima,
  });
  const conventions = frontendConventions;
  const pipeline = { store, clock, access, accounts, events, audit, signatures: withoutKeys, conventions };
  data = callsOf(management.data, pipeline);
  front = callsOf(management.frontend, pipeline);
  commits.length = 0;
  fails = false;
  store.fate = (batch) => {
    commits.push(batch);
    return fails && batch.append?.some(({ log }) => log === 'audit') ? 'refused' : 'done';
  };
});
afterEach(async () => {
  await blobs.settled();
  await test.close();
});

const upload = () =>
  data.createUpload(ann, create(gaiwan.CreateUploadRequestSchema, { name: 'x', size: 10n }));
const output = () => data.createOutput(ann, create(gaiwan.CreateOutputRequestSchema, { name: 'x' }));
const discard = (url: string) => data.discardUpload(ann, create(gaiwan.DiscardUploadRequestSchema, { url }));
const fusion = () =>
  front.registerFusionOutput(
    ann,
    create(frontend.RegisterFusionOutputRequestSchema, { ownerList: ['ann', 'ben'] }),
  );
const files = () => readdirSync(join(test.folder, 'blobs'));
const items = () => holdings.use({ user: ann.subject }).items;
const isAudited = (batch: Batch) => batch.append?.some(({ log }) => log === 'audit') === true;
const blobsOf = (batch: Batch | undefined) =>
  [...(batch?.put ?? []).map(({ key }) => key), ...(batch?.delete ?? [])].filter(([kind]) => kind === 'blob');

describe('a call that makes or forgets a blob', () => {
  it.each([
    ['CreateUpload', async () => upload],
    ['CreateOutput', async () => output],
    ['RegisterFusionOutput', async () => fusion],
    [
      'DiscardUpload',
      async () => {
        const { url = '' } = await upload();
        return () => discard(url);
      },
    ],
  ])('%s is one commit, with its audit entry', async (_name, prepare) => {
    const call = await prepare();
    commits.length = 0;
    await call();
    // Beside it a file without a blob is removed, later.
    const [commit, ...others] = commits.filter((batch) => blobsOf(batch).length > 0 || isAudited(batch));
    expect(others).toEqual([]);
    expect(blobsOf(commit)).toHaveLength(1);
    expect(commit && isAudited(commit)).toBe(true);
  });

  it('leaves nothing and counts for nothing where that commit fails', async () => {
    fails = true;
    for (const call of [upload, output, fusion])
      await expect(call()).rejects.toMatchObject({ code: 'anchor-unavailable' });
    expect(commits.filter((batch) => !batch.append?.some(({ log }) => log === 'audit'))).toEqual([]);
    expect(items()).toBe(0);
    await expect.poll(files).toEqual([]);
  });

  it('takes nothing away where that commit fails', async () => {
    const { url = '' } = await upload();
    const before = files();
    fails = true;
    await expect(discard(url)).rejects.toMatchObject({ code: 'anchor-unavailable' });
    expect([items(), files()]).toEqual([1, before]);
    fails = false;
    await discard(url);
    expect(items()).toBe(0);
    await expect.poll(files).toEqual([]);
  });

  it('that is refused half-way counts for nothing: of a fusion output its blob, where its record has no room', async () => {
    await output();
    await expect(fusion()).rejects.toMatchObject({ code: 'storage-quota' });
    expect(items()).toBe(1);
    const kept = commits.flatMap(blobsOf);
    expect(kept).toHaveLength(1);
  });
});
