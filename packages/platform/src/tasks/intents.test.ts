/** What was encrypted under a key and IV is not forgotten by an older copy of the data folder. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileAnchor } from '@gaiwan/enclave';
import { cachedStore, type EmbeddedStore, fileRootKey, openEmbeddedStore } from '@gaiwan/store';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type DataRecord, encodeRecord, keys } from '../domain/index.ts';
import type { Blobs } from '../ports.ts';
import { openTestHoldings } from '../testing/holdings.ts';
import { subjectOf } from '../testing/subjects.ts';
import { TaskCommits } from './commits.ts';

/** Longer than the test. */
const INTERVAL = 3_600_000;
const output = {
  id: 'output-1',
  epoch: 1,
  owners: [subjectOf('ann')],
  url: 'https://files.example/out',
  crypto: { schema: 'aes-gcm-128', key: new Uint8Array(16), iv: new Uint8Array(12) },
} as const satisfies DataRecord;
const ownKey = {
  ...output,
  id: 'output-2',
  crypto: { schema: 'teaclave-file-128', key: new Uint8Array(16), iv: new Uint8Array(0) },
} as const satisfies DataRecord;

let folder: string;
let opened: EmbeddedStore[];
const at = (name: string) => join(folder, name);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gaiwan-intents-'));
  opened = [];
});
afterEach(async () => {
  await Promise.all(opened.map((store) => store.close()));
  await rm(folder, { recursive: true });
});

async function open(name: string): Promise<EmbeddedStore> {
  const store = await openEmbeddedStore({
    folder: at(name),
    rootKey: fileRootKey(at('root.key')),
    anchor: { anchor: fileAnchor(at('anchor')), interval: INTERVAL },
  });
  opened.push(store);
  return store;
}
/** A platform whose folder an operator has copied, and that goes on. */
async function platform() {
  const store = await open('data');
  for (const record of [output, ownKey])
    await store.commit({ put: [{ key: keys.data(record.id), value: encodeRecord(record) }] });
  await store.copyTo(at('before'));
  const commits = new TaskCommits({
    store: cachedStore(store, { maxEntries: 10 }),
    // Intents have nothing to do with it.
    blobs: {} as Blobs,
    clock: { now: () => 0 },
    holdings: await openTestHoldings(store),
  });
  return { store, commits };
}
const content = (fill: number) => new Uint8Array(32).fill(fill);

it('an intent that was granted is anchored, whatever the interval: a copy from before it is refused', async () => {
  const { commits } = await platform();
  expect(await commits.intend(output.id, content(1))).toBe(true);
  // The platform is killed: it anchors nothing more.
  await expect(open('before')).rejects.toMatchObject({ code: 'state-rolled-back' });
});

it('one that is refused, and one of a scheme that draws its own keys, has no need of it', async () => {
  const { store, commits } = await platform();
  expect(await commits.intend(ownKey.id, content(1))).toBe(true);
  expect(await commits.intend('output-3', content(1))).toBe(false);
  expect((await fileAnchor(at('anchor')).read())?.commits).toBeLessThan((await store.head()).commits);
});
