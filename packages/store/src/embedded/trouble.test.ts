/** A folder in use, data that was changed from outside, a wrong root key, a full disk. */
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileRootKey, type RootKeyProvider } from '../root-key.ts';
import type { Store } from '../store.ts';
import { bytes, refused, shown } from '../testing/cases.ts';
import { openEmbeddedStore } from './open.ts';

let folder: string;
let rootKey: RootKeyProvider;
const open = (options: { rootKey?: RootKeyProvider; maxPages?: number } = {}) =>
  openEmbeddedStore({ folder, rootKey, ...options });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gaiwan-store-'));
  rootKey = fileRootKey(join(folder, 'root.key'));
});
afterEach(() => rm(folder, { recursive: true }));

const one = (bytes: Uint8Array): RootKeyProvider => ({
  load: async () => [{ bytes, settle: async () => undefined }],
});

async function filled(): Promise<void> {
  const store = await open();
  await store.commit({
    put: ['1', '2'].map((id) => ({ key: ['task', id], value: bytes(`secret ${id}`) })),
    queue: ['1', '2'].map((id) => ({ op: 'enqueue', queue: 'work', id, payload: bytes('secret') }) as const),
    append: ['1', '2'].map((id) => ({ log: 'events', value: bytes(`secret ${id}`) })),
  });
  await store.close();
}

/** Changes the database behind the store's back. */
async function changed(sql: string): Promise<void> {
  await filled();
  const db = new DatabaseSync(join(folder, 'store.sqlite'));
  db.exec(sql);
  db.close();
}

describe('a folder in use', () => {
  it('is refused to a second opener, and free after a close', async () => {
    const first = await open();
    await refused(open(), 'in-use');
    await first.commit({ put: [{ key: ['a'], value: bytes('still works') }] });
    await first.close();
    const second = await open();
    expect(shown(await second.get(['a']))).toBe('1 still works');
    await refused(open(), 'in-use');
    await second.close();
  });
});

describe('a folder of another version', () => {
  it.each([4, 6])('is refused, and says so: format %i', async (version) => {
    await filled();
    const db = new DatabaseSync(join(folder, 'store.sqlite'));
    db.exec(`PRAGMA user_version = ${version}`);
    db.close();
    await expect(open()).rejects.toMatchObject({
      code: 'format',
      message: expect.stringContaining(`has format ${version}, and this version knows format 5`),
    });
  });
});

describe('what the disk holds', () => {
  it('shows no key, name or value', async () => {
    await filled();
    const file = (await readFile(join(folder, 'store.sqlite'))).toString('latin1');
    for (const word of ['secret', 'task', 'work', 'events']) expect(file).not.toContain(word);
  });
});

const FLIP = (table: string) =>
  `UPDATE ${table} SET body = cast(substr(body, 1, 2) || randomblob(8) || substr(body, 11) AS BLOB)`;

const get = (store: Store) =>
  store.getMany([
    ['task', '1'],
    ['task', '2'],
  ]);
const scan = (store: Store) => store.scan(['task']);
const lease = (store: Store) =>
  store.commit({ queue: [{ op: 'lease', queue: 'work', id: '1', token: 0, until: 9 }] });

describe('changes of values from outside are noticed when they are read', () => {
  it.each([
    ['changed bytes', FLIP('entry'), get],
    ['changed bytes, in a scan', FLIP('entry'), scan],
    ['a value cut short', 'UPDATE entry SET body = substr(body, 1, 10)', get],
    ['an empty value', "UPDATE entry SET body = x''", get],
    [
      'swapped values',
      'UPDATE entry SET body = (SELECT body FROM entry AS other WHERE other.key <> entry.key)',
      get,
    ],
    ['changed bytes in a queue', FLIP('item'), (store: Store) => store.queue('work')],
    ['changed bytes in a queue, at a lease', FLIP('item'), lease],
    ['changed bytes in a log', FLIP('log'), (store: Store) => store.log('events')],
  ])('%s', async (_, sql, ask) => {
    await changed(sql);
    const store = await open();
    try {
      await refused(ask(store), 'tampered');
    } finally {
      await store.close();
    }
  });
});

describe('changes of rows from outside are noticed at the start, and their kind is named', () => {
  it.each([
    ['another head', 'UPDATE entry SET head = cast(substr(head, 1, 31) || randomblob(1) AS BLOB)', 'task'],
    ['a row taken out', 'DELETE FROM entry WHERE key = (SELECT max(key) FROM entry)', 'task'],
    ['no rows', 'DELETE FROM entry', 'task'],
    ['another token', 'UPDATE item SET token = 7', 'queue'],
    ['another order', 'UPDATE item SET seq = 10 - seq', 'queue'],
    ['an item taken out', 'DELETE FROM item WHERE seq = 1', 'queue'],
    ['a log entry taken out', 'DELETE FROM log WHERE position = 0', 'log'],
    ['a log cut at its end', 'DELETE FROM log WHERE position = 1', 'log'],
    ['a log entry moved', 'DELETE FROM log WHERE position = 0; UPDATE log SET position = 0', 'log'],
  ])('%s', async (_, sql, kind) => {
    await changed(sql);
    await expect(open()).rejects.toMatchObject({
      code: 'state-tampered',
      message: expect.stringContaining(`kind '${kind}'`),
    });
  });

  it.each([
    ['a trigger', 'CREATE TRIGGER t AFTER INSERT ON entry BEGIN DELETE FROM entry; END'],
    ['a view in place of a table', 'ALTER TABLE gone RENAME TO g; CREATE VIEW gone AS SELECT * FROM g'],
    ['no root', "DELETE FROM meta WHERE name = 'root'"],
    ['no keys', "DELETE FROM meta WHERE name = 'keys'"],
    ['neither', 'DELETE FROM meta'],
  ])('%s', async (_, sql) => {
    await changed(sql);
    await refused(open(), 'state-tampered');
  });

  it('an empty database that tells text in another way, so that what is written would not be read', async () => {
    const db = new DatabaseSync(join(folder, 'store.sqlite'));
    db.exec("PRAGMA encoding = 'UTF-16le'; CREATE TABLE t (c); DROP TABLE t");
    db.close();
    await refused(open(), 'state-tampered');
  });

  it.each([
    ['a lease', 'UPDATE item SET until = 9223372036854775807'],
    ['the order of a queue', 'UPDATE item SET seq = 9007199254740993 WHERE seq = 2'],
  ])('an integer that no double can count: %s', async (_, sql) => {
    await changed(sql);
    await refused(open(), 'tampered');
  });

  it.each([
    ['the token of a lease', 'UPDATE item SET token = -7'],
    ['the order of a queue', 'UPDATE item SET seq = -seq'],
    ['the end of a lease', 'UPDATE item SET until = -until - 1'],
    ['the position of a log entry', 'UPDATE log SET position = -1 WHERE position = 1'],
  ])('a negative integer: %s', async (_, sql) => {
    await changed(sql);
    await expect(open()).rejects.toMatchObject({
      code: expect.stringMatching(/^(state-)?tampered$/) as string,
    });
  });

  it('a database file that is none', async () => {
    await filled();
    await writeFile(join(folder, 'store.sqlite'), randomBytes(8192));
    await refused(open(), 'tampered');
  });
});

describe('the root key', () => {
  it('must be the one that the store was made with', async () => {
    await filled();
    await refused(open({ rootKey: one(randomBytes(32)) }), 'tampered');
    await refused(open({ rootKey: one(randomBytes(31)) }), 'root-key');
    const store = await open();
    expect(shown(await store.get(['task', '1']))).toBe('1 secret 1');
    await store.close();
  });

  it('is wiped by the store', async () => {
    const handedOut = randomBytes(32);
    const store = await open({ rootKey: one(handedOut) });
    await store.close();
    expect(handedOut).toEqual(Buffer.alloc(32));
  });

  it('is a file of mode 0600, made once', async () => {
    await filled();
    const path = join(folder, 'root.key');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const before = await readFile(path);
    expect(before.length).toBe(32);
    await (await open()).close();
    expect(await readFile(path)).toEqual(before);
  });

  it('is not made anew for a store that exists', async () => {
    await filled();
    const path = join(folder, 'root.key');
    const before = await readFile(path);
    await rm(path);
    await refused(open(), 'root-key');
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
    await writeFile(path, before, { mode: 0o600 });
    await (await open()).close();
  });

  it('is refused where others can read it or its length is wrong', async () => {
    await filled();
    const path = join(folder, 'root.key');
    await chmod(path, 0o640);
    await refused(open(), 'root-key');
    await chmod(path, 0o600);
    await writeFile(path, randomBytes(33));
    await refused(open(), 'root-key');
  });
});

describe('a full disk', () => {
  it('fails the batch whole; the store goes on when there is space again', async () => {
    const store = await open({ maxPages: 100 });
    const value = randomBytes(20_000);
    let kept = 0;
    const fill = async (): Promise<void> => {
      for (; kept < 100; kept++)
        await store.commit({
          put: [{ key: ['fill', `${kept}`], value }],
          append: [{ log: 'fill', value: bytes('x') }],
        });
    };
    await refused(fill(), 'disk-full');
    expect(kept).toBeGreaterThan(3);
    const batch = { put: ['a', 'b', 'c'].map((id) => ({ key: ['big', id], value })) };
    await refused(store.commit(batch), 'disk-full');
    expect((await store.scan(['big'])).entries).toEqual([]);
    expect((await store.scan(['fill'])).entries.length).toBe(kept);
    expect(await store.logLength('fill')).toBe(kept);
    // In a group, what fits is done and what does not is refused.
    const small = { put: [{ key: ['small'], value: bytes('s') }] };
    const [big, little] = await Promise.allSettled([store.commit(batch), store.commit(small)]);
    expect([big.status, little.status]).toEqual(['rejected', 'fulfilled']);
    await store.commit({ delete: Array.from({ length: kept }, (_, i) => ['fill', `${i}`]) });
    await store.commit(batch);
    expect((await store.scan(['big'])).entries.length).toBe(3);
    await store.close();
    const again = await open();
    expect((await again.scan(['big'])).entries.length).toBe(3);
    expect(shown(await again.get(['small']))).toBe('1 s');
    await again.close();
  });
});
