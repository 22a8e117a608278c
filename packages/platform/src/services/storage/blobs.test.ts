import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { blobUrl } from '../../domain/blob-url.ts';
import { keys } from '../../domain/records.ts';
import { limits } from '../../limits.ts';
import { OpenAccounts } from '../../state/open-accounts.ts';
import { OpenAttempts } from '../../state/open-attempts.ts';
import { readRecord, transact } from '../../state/transaction.ts';
import { BlobCalls } from '../../testing/blob-calls.ts';
import { endlessRoom, openTestHoldings } from '../../testing/holdings.ts';
import { TestStore } from '../../testing/store.ts';
import { putAccounts, subjectOf } from '../../testing/subjects.ts';
import { BlobStore } from './blobs.ts';

let test: TestStore;
let blobs: BlobStore;
const calls = new BlobCalls(() => ({ store: test.store, clock: test.clock, blobs }));
let accounts: OpenAccounts;
let attempts: OpenAttempts;
/** Of the disk. */
const failures: unknown[] = [];
const ann = subjectOf('ann');
const eve = subjectOf('eve');
let ids = 0;
const open = async () => {
  accounts = new OpenAccounts(test.store);
  attempts = new OpenAttempts();
  blobs = await BlobStore.open({
    store: test.store,
    folder: join(test.folder, 'blobs'),
    clock: test.clock,
    accounts,
    attempts,
    failed: (error) => failures.push(error),
    report: (error) => failures.push(error),
    holdings: await openTestHoldings(test.store),
    room: endlessRoom,
    ids: () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`,
  });
};
beforeEach(async () => {
  test = await TestStore.open();
  await putAccounts(test.store, [ann]);
  await open();
});
afterEach(() => test.close());

const files = () => readdirSync(join(test.folder, 'blobs')).sort();
const adopt = (url: string, attempt: string) =>
  transact(test.store, test.clock, async (tx) => (await blobs.prepareAdoption(tx, url, attempt)).adopt());
const idOf = (path: string) => path.split('/').at(-1) as string;

it.each(['', '.', '..', 'a/b', '../a', 'a\\b', 'a\0b', 'a\nb', 'x'.repeat(201), 'é'.repeat(101)])(
  'a name like %j is refused',
  async (name) => {
    await expect(calls.createUpload(ann, name, 1)).rejects.toMatchObject({ code: 'bad-name' });
    await expect(calls.createOutput(ann, name)).rejects.toMatchObject({ code: 'bad-name' });
  },
);

it.each([-1, 0.5, Number.NaN, limits.blob.value + 1])('%d bytes are refused', async (size) => {
  await expect(calls.createUpload(ann, 'x', size)).rejects.toMatchObject({ code: 'blob-too-large' });
});

describe('an upload', () => {
  it('is its owner’s, and an input only when it is complete', async () => {
    const { url, path } = await calls.createUpload(ann, 'a file', 3);
    await expect(blobs.requireUsable(ann, url, 'input')).rejects.toMatchObject({
      code: 'upload-incomplete',
    });
    writeFileSync(blobs.path({ id: idOf(path) }), 'abc');
    await blobs.complete(idOf(path));
    await expect(blobs.requireUsable(ann, url, 'input')).resolves.toBeUndefined();
    await expect(blobs.requireUsable(ann, url, 'output')).rejects.toMatchObject({
      code: 'wrong-kind-of-blob',
    });
    await expect(blobs.requireUsable(eve, url, 'input')).rejects.toMatchObject({ code: 'unknown-blob' });
    await expect(blobs.resumeUpload(eve, url)).rejects.toMatchObject({ code: 'unknown-blob' });
  });

  it('goes on after a restart where it stood, under capabilities that still hold', async () => {
    const before = await calls.createUpload(ann, 'x', 10);
    writeFileSync(join(test.folder, 'blobs', idOf(before.path)), 'abcd');
    await test.reopen();
    await open();
    expect(await blobs.resumeUpload(ann, before.url)).toMatchObject({ received: 4, complete: false });
    expect(blobs.check(before.capability)).toMatchObject({ access: 'write' });
  });
});

describe('an output', () => {
  const write = async (id: string, attempt: string, text: string) => {
    writeFileSync(blobs.path({ id, attempt }), text);
    await adopt(blobUrl(id, 'out'), attempt);
  };
  const data = (url: string) => ({ url }) as never;

  it('can be read once an attempt was adopted, and then is that attempt’s alone, for ever', async () => {
    const { url } = await calls.createOutput(ann, 'out');
    const id = url.split('/')[3] as string;
    await expect(blobs.createDownload(data(url), ann)).rejects.toMatchObject({ code: 'nothing-to-download' });
    await write(id, 'a1', 'first');
    expect(await blobs.createDownload(data(url), ann)).toMatchObject({ size: 5 });
    for (const attempt of ['a1', 'a2'])
      await expect(write(id, attempt, 'other')).rejects.toMatchObject({ code: 'output-written' });
    const { capability, size } = await blobs.createDownload(data(url), ann);
    expect(blobs.check(capability)).toMatchObject({ attempt: 'a1', access: 'read' });
    expect([size, files()]).toEqual([5, [`${id}.a1`, `${id}.a2`]]);
  });

  it('is registered as one data record at most', async () => {
    const { url } = await calls.createOutput(ann, 'out');
    const claim = (dataId: string) =>
      transact(test.store, test.clock, (tx) => blobs.claimOutput(tx, url, dataId));
    await claim('output-1');
    await claim('output-1');
    await expect(claim('output-2')).rejects.toMatchObject({ code: 'blob-registered' });
    const elsewhere = 'https://files.bank.example/out';
    await transact(test.store, test.clock, (tx) => blobs.claimOutput(tx, elsewhere, 'output-3'));
    expect(await readRecord(test.store, keys.blob(url.split('/')[3] as string))).toMatchObject({
      data: 'output-1',
    });
  });

  it('that no attempt wrote cannot be adopted', async () => {
    const { url } = await calls.createOutput(ann, 'out');
    await expect(adopt(url, 'a1')).rejects.toMatchObject({ code: 'blob-missing' });
    await expect(blobs.createDownload(data(url), ann)).rejects.toMatchObject({ code: 'nothing-to-download' });
  });

  it('cannot be uploaded to', async () => {
    const { url } = await calls.createOutput(ann, 'out');
    await expect(blobs.resumeUpload(ann, url)).rejects.toMatchObject({ code: 'not-an-upload' });
  });
});

describe('uploads that are not finished', () => {
  it('A8: are at most as many as one user may have, whatever their size, and leave nothing when refused', async () => {
    const most = limits.unfinishedUploads.value;
    const begun = await Promise.allSettled(
      Array.from({ length: most + 9 }, () => calls.createUpload(ann, 'x', 1)),
    );
    expect(begun.filter(({ status }) => status === 'fulfilled')).toHaveLength(most);
    expect(files()).toHaveLength(most);
    await expect(calls.createUpload(ann, 'x', 1)).rejects.toMatchObject({ code: 'too-many-uploads' });
  });

  it('A8: count with the bytes that they were announced with', async () => {
    await calls.createUpload(ann, 'x', limits.userBytes.value - 10);
    await expect(calls.createUpload(ann, 'x', 11)).rejects.toMatchObject({ code: 'storage-quota' });
    await test.reopen();
    await open();
    await expect(calls.createUpload(ann, 'x', 11)).rejects.toMatchObject({ code: 'storage-quota' });
    await calls.createUpload(ann, 'x', 10);
  });

  it('are given back when they are discarded, or a day has passed', async () => {
    const first = await calls.createUpload(ann, 'x', limits.userBytes.value);
    await expect(calls.discardUpload(eve, first.url)).rejects.toMatchObject({ code: 'unknown-blob' });
    await calls.discardUpload(ann, first.url);
    await expect.poll(files).toEqual([]);
    await expect(blobs.resumeUpload(ann, first.url)).rejects.toMatchObject({ code: 'unknown-blob' });
    const second = await calls.createUpload(ann, 'x', limits.userBytes.value);
    test.clock.time += limits.unfinishedUpload.value + 1;
    const third = await calls.createUpload(ann, 'x', limits.userBytes.value - 1);
    expect(files()).toEqual([idOf(third.path)]);
    await expect(blobs.resumeUpload(ann, second.url)).rejects.toMatchObject({ code: 'unknown-blob' });
  });

  it('are forgotten with their files in time, whoever comes back or not; one file that cannot be removed keeps no other', async () => {
    const [stuck, old] = [await calls.createUpload(ann, 'x', 5), await calls.createUpload(ann, 'x', 5)];
    const path = blobs.path({ id: idOf(stuck.path) });
    rmSync(path);
    // What `rm` refuses.
    mkdirSync(path);
    test.clock.time += limits.unfinishedUpload.value + 1;
    const young = await calls.createUpload(eve, 'x', 5);
    await blobs.forgetUnfinished();
    await blobs.settled();
    expect(failures.splice(0)).toMatchObject([{ code: 'ERR_FS_EISDIR' }]);
    for (const { url } of [stuck, old])
      await expect(blobs.resumeUpload(ann, url)).rejects.toMatchObject({ code: 'unknown-blob' });
    expect(files()).toEqual([idOf(stuck.path), idOf(young.path)].sort());
    // It was deleted, so it is set aside for nobody.
    expect(await blobs.sweep(aside())).toBeUndefined();
    expect(failures.splice(0)).toHaveLength(1);
    rmdirSync(path);
    await blobs.sweep(aside());
    expect(failures).toEqual([]);
    expect((await test.store.scan(keys.goneFiles())).entries).toEqual([]);
  });

  it('whose file a crash leaves after their record leave nothing at the next start', async () => {
    const { path } = await calls.createUpload(ann, 'x', 5);
    test.clock.time += limits.unfinishedUpload.value + 1;
    // The commit holds, and the process ends before it removes the file.
    vi.spyOn(blobs, 'removeGone').mockImplementation(() => undefined);
    await blobs.forgetUnfinished();
    expect(await blobs.record(idOf(path))).toBeUndefined();
    await test.reopen();
    await open();
    expect(await blobs.sweep(aside())).toBeUndefined();
    expect(files()).toEqual([]);
  });

  it('are discarded while nothing is registered for them: complete ones, and places of outputs', async () => {
    const { url, path } = await calls.createUpload(ann, 'x', 3);
    writeFileSync(blobs.path({ id: idOf(path) }), 'abc');
    await blobs.complete(idOf(path));
    const output = await calls.createOutput(ann, 'y');
    await calls.refer(url);
    await expect(calls.discardUpload(ann, url)).rejects.toMatchObject({ code: 'blob-registered' });
    await expect.poll(files).toEqual([idOf(path)]);
    await calls.discardUpload(ann, output.url);
    await expect(calls.discardUpload(ann, output.url)).rejects.toMatchObject({ code: 'unknown-blob' });
    const second = await calls.createUpload(ann, 'x', 3);
    writeFileSync(blobs.path({ id: idOf(second.path) }), 'abc');
    await blobs.complete(idOf(second.path));
    await calls.discardUpload(ann, second.url);
    await expect.poll(files).toEqual([idOf(path)]);
  });
});

const aside = () => join(test.folder, 'blobs-set-aside');

it('an upload that has all of its bytes is not forgotten before a start sets its file aside, and counts until then', async () => {
  const { path, url } = await calls.createUpload(ann, 'broken off', 5);
  writeFileSync(blobs.path({ id: idOf(path) }), 'whole');
  const part = await calls.createUpload(ann, 'begun', 5);
  test.clock.time += limits.unfinishedUpload.value + 1;
  await blobs.forgetUnfinished();
  await expect(blobs.resumeUpload(ann, part.url)).rejects.toMatchObject({ code: 'unknown-blob' });
  expect(files()).toContain(idOf(path));
  expect(await blobs.resumeUpload(ann, url)).toMatchObject({ received: 5 });
  expect(await blobs.sweep(aside())).toMatchObject({ files: 1 });
  expect(files()).toEqual([]);
});

it('a sweep removes what nobody finished, moves aside what nobody knows, and touches nothing else', async () => {
  const old = await calls.createUpload(ann, 'old', 5);
  const finishedElsewhere = await calls.createUpload(ann, 'newer', 5);
  writeFileSync(blobs.path({ id: idOf(finishedElsewhere.path) }), 'whole');
  const complete = await calls.createUpload(ann, 'complete', 5);
  writeFileSync(blobs.path({ id: idOf(complete.path) }), 'whole');
  await blobs.complete(idOf(complete.path));
  const { url } = await calls.createOutput(ann, 'out');
  const output = url.split('/')[3] as string;
  writeFileSync(blobs.path({ id: output, attempt: 'a1' }), 'lost');
  writeFileSync(blobs.path({ id: output, attempt: 'a2' }), 'kept');
  await adopt(url, 'a2');
  test.clock.time += limits.unfinishedUpload.value + 1;
  const young = await calls.createUpload(ann, 'young', 5);
  writeFileSync(join(test.folder, 'blobs', 'stray'), 'of a newer store');
  const moved = await blobs.sweep(aside());
  expect(files()).toEqual([idOf(complete.path), `${output}.a2`, idOf(young.path)].sort());
  const names = [idOf(finishedElsewhere.path), `${output}.a1`, 'stray'].sort();
  expect(moved).toEqual({ folder: expect.stringContaining(aside()) as string, files: 3 });
  expect(readdirSync(moved?.folder as string).sort()).toEqual(names);
  expect(readFileSync(join(moved?.folder as string, 'stray'), 'utf8')).toBe('of a newer store');
  await expect(blobs.resumeUpload(ann, old.url)).rejects.toMatchObject({ code: 'unknown-blob' });
  expect(existsSync(blobs.path({ id: idOf(young.path) }))).toBe(true);
  expect(await blobs.sweep(aside())).toBeUndefined();
  test.clock.time += 1;
  writeFileSync(join(test.folder, 'blobs', 'stray'), 'another');
  expect((await blobs.sweep(aside()))?.folder).not.toBe(moved?.folder);
  expect(readFileSync(join(moved?.folder as string, 'stray'), 'utf8')).toBe('of a newer store');
});

describe('a file that is gone, cut, or no file', () => {
  const damages: readonly [string, (path: string) => void][] = [
    ['gone', (path) => rmSync(path)],
    ['cut', (path) => writeFileSync(path, 'who')],
    ['longer', (path) => writeFileSync(path, 'whole and more')],
    [
      'a folder',
      (path) => {
        rmSync(path);
        mkdirSync(path);
      },
    ],
  ];
  it.each(damages)('(%s) is blob-missing whatever is asked for', async (_what, damage) => {
    const { url, path } = await calls.createUpload(ann, 'x', 5);
    const file = blobs.path({ id: idOf(path) });
    writeFileSync(file, 'whole');
    await blobs.complete(idOf(path));
    const data = { url } as never;
    expect(await blobs.createDownload(data, ann)).toMatchObject({ size: 5 });
    damage(file);
    const missing = { code: 'blob-missing' };
    await expect(blobs.createDownload(data, ann)).rejects.toMatchObject(missing);
    await expect(blobs.requireUsable(ann, url, 'input')).rejects.toMatchObject(missing);
    await expect(blobs.resumeUpload(ann, url)).rejects.toMatchObject(missing);
  });

  it('ends an upload that was not complete', async () => {
    const { url, path } = await calls.createUpload(ann, 'x', 5);
    rmSync(blobs.path({ id: idOf(path) }));
    await expect(blobs.resumeUpload(ann, url)).rejects.toMatchObject({ code: 'blob-missing' });
  });
});
