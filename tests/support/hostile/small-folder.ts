/** A data folder as small as one can be: accounts, one with a key; a function, data, tasks, one ended; logs, a queue; files in each scheme; the sealed key. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { derivedKeySealer, type SealedRootKey, sealedRootKey } from '@gaiwan/enclave';
import type { FileKey } from '@gaiwan/files';
import { encryptFile } from '@gaiwan/files/node';
import { type Batch, openEmbeddedStore, type Store } from '@gaiwan/store';
import { encodeRecord, keys, type UserRecord } from '../../../packages/platform/src/domain/index.ts';
import { TestKey } from '../../../packages/platform/src/testing/keys.ts';
import { caller, ManagementTest } from '../../../packages/platform/src/testing/management.ts';
import { freshKey, schemes } from '../three-banks.ts';

export interface Blob {
  readonly file: string;
  readonly key: FileKey;
  readonly tag: Uint8Array;
}

export interface SmallFolder {
  readonly folder: string;
  readonly blobs: readonly Blob[];
  /** The sealed key in a file, as the machine of this folder opens it. */
  sealedKeyAt(path: string): SealedRootKey;
}

/** Every record, log and item that a store has. */
async function contentOf(store: Store): Promise<Batch> {
  const put: { key: readonly string[]; value: Uint8Array }[] = [];
  for await (const { key, value } of store.entries([])) put.push({ key, value });
  return { put };
}

async function records(): Promise<Batch> {
  const test = await ManagementTest.open();
  try {
    const admin = caller('admin', 'PlatformAdmin', '');
    const functionId = await test.register(admin);
    const taskId = await test.createTask(admin, functionId);
    await test.output(admin, 1);
    const user = { keys: { current: new TestKey().account, former: [], recovery: 'a hash' } };
    const record: Partial<UserRecord> = { id: 'bank', subject: admin.subject, role: admin.role, ...user };
    const outcome = { ok: true, returnValue: randomBytes(40), tags: {}, log: ['of the function'] };
    await test.stored.store.commit({
      put: [
        { key: keys.user('bank'), value: encodeRecord(record) },
        { key: keys.task(`${taskId}-ended`), value: encodeRecord({ id: taskId, status: 10, outcome }) },
      ],
    });
    return await contentOf(test.stored.store);
  } finally {
    await test.close();
  }
}

export async function smallFolder(folder: string): Promise<SmallFolder> {
  const secret = randomBytes(32);
  const sealer = derivedKeySealer({ registers: { mrTd: '01' }, key: async () => Uint8Array.from(secret) });
  const sealedKeyAt = (path: string) => sealedRootKey(path, sealer);
  const rootKey = sealedKeyAt(join(folder, 'root.sealed'));
  const store = await openEmbeddedStore({ folder: join(folder, 'store'), rootKey });
  const content = await records();
  await store.commit(content);
  await store.commit({
    // A deleted key, and one that was put twice.
    delete: (content.put ?? []).slice(0, 2).map(({ key }) => key),
    append: ['audit', 'events'].flatMap((log) =>
      Array.from({ length: 6 }, () => ({ log, value: randomBytes(90) })),
    ),
    queue: ['1', '2'].map((id) => ({ op: 'enqueue', queue: 'tasks', id, payload: randomBytes(60) }) as const),
  });
  await store.commit({
    put: (content.put ?? []).slice(2, 4),
    queue: [{ op: 'lease', queue: 'tasks', id: '2', token: 0, until: 1_764_000_000_000 }],
  });
  await store.close();
  mkdirSync(join(folder, 'blobs'));
  const blobs: Blob[] = [];
  for (const scheme of schemes) {
    const [plain, key, file] = [join(folder, 'plain'), freshKey(scheme), join('blobs', `of-${scheme}`)];
    writeFileSync(plain, randomBytes(700));
    blobs.push({ file, key, tag: (await encryptFile(plain, join(folder, file), { key, name: 'x' })).tag });
  }
  return { folder, blobs, sealedKeyAt };
}
