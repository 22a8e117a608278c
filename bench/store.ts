/**
 * Durable commits of the embedded store with 1 and 64 writers, and reads, beside raw `node:sqlite` (same pragmas, one
 * commit each, on the main thread, nothing sealed) in the same run and folder. And how long it takes to open a store with many rows,
 * of which all are compared with the root: 20,000, or as many as the argument says.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { fileAnchor } from '@gaiwan/enclave';
import {
  type AnchorOptions,
  cachedStore,
  fileRootKey,
  openEmbeddedStore,
  type StateAnchor,
} from '@gaiwan/store';
import { load, type Summary } from './stats.ts';

const KEYS = 2000;
const VALUE = 300;

const print = (what: string, { p50, p99, perSecond }: Summary, cpu: number) =>
  console.log(
    `${what.padEnd(34)} p50 ${p50.toFixed(3).padStart(7)} ms   p99 ${p99.toFixed(3).padStart(7)} ms   ${perSecond.toFixed(0).padStart(7)}/s   main thread busy ${cpu.toFixed(0).padStart(4)} us each`,
  );

/** As `load`, and how long the event loop was busy for each call, in us. */
async function measured(clients: number, total: number, once: (client: number) => Promise<void>) {
  const before = performance.eventLoopUtilization();
  const summary = await load(clients, total, once);
  const { active } = performance.eventLoopUtilization(before);
  return { summary, cpu: (active * 1000) / total };
}

function rawSqlite(folder: string): (id: string) => Promise<void> {
  const db = new DatabaseSync(join(folder, 'raw.sqlite'));
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  db.exec('CREATE TABLE entry (key TEXT PRIMARY KEY, version INTEGER, value BLOB)');
  const statement = db.prepare(
    'INSERT INTO entry VALUES (?, 1, ?) ON CONFLICT DO UPDATE SET version = version + 1, value = excluded.value',
  );
  let count = 0;
  return async (id) => {
    // Another value each time: SQLite does not write a page that stays the same.
    statement.run(id, Buffer.alloc(VALUE, count++));
  };
}

const ROWS = 20_000;

async function opening(rows: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'gaiwan-bench-'));
  const rootKey = fileRootKey(join(folder, 'root.key'));
  const open = () => openEmbeddedStore({ folder: join(folder, 'data'), rootKey });
  try {
    const filled = await open();
    for (let row = 0; row < rows; row += 5000) {
      const ids = Array.from({ length: Math.min(5000, rows - row) }, (_, index) => `${row + index}`);
      await filled.commit({ put: ids.map((id) => ({ key: ['bench', id], value: Buffer.alloc(VALUE, id) })) });
    }
    await filled.close();
    const begin = performance.now();
    const store = await open();
    const seconds = (performance.now() - begin) / 1000;
    await store.close();
    console.log(`opened with ${rows} rows in ${seconds.toFixed(2)} s`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Commits by 64 writers without an anchor, with one in a folder before each acknowledgement, with one at intervals, and with one that takes 5 ms. */
async function anchored(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'gaiwan-bench-'));
  const slow = (inner: StateAnchor): StateAnchor => ({
    read: () => inner.read(),
    async advance(from, to) {
      await sleep(5);
      await inner.advance(from, to);
    },
  });
  const anchorIn = (name: string) => fileAnchor(join(folder, name));
  const cases: readonly (readonly [string, AnchorOptions | undefined])[] = [
    ['no anchor', undefined],
    ['a folder, before each answer', { anchor: anchorIn('a') }],
    ['a folder + 5 ms, before each answer', { anchor: slow(anchorIn('b')) }],
    ['a folder, every second', { anchor: anchorIn('c'), interval: 1000 }],
  ];
  try {
    for (const [index, [name, anchor]] of cases.entries()) {
      const store = await openEmbeddedStore({
        folder: join(folder, `data-${index}`),
        rootKey: fileRootKey(join(folder, `root-${index}.key`)),
        ...(anchor && { anchor }),
      });
      let count = 0;
      const commit = () =>
        store.commit({ put: [{ key: ['bench', `${count % KEYS}`], value: Buffer.alloc(VALUE, count++) }] });
      await load(64, 2000, commit);
      const one = await measured(1, 300, commit);
      const many = await measured(64, 10_000, commit);
      await store.close();
      print(`${name}, 1 writer`, one.summary, one.cpu);
      print(`${name}, 64 writers`, many.summary, many.cpu);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export async function run(rows: number = ROWS): Promise<void> {
  console.log(`store: durable commits of one ${VALUE}-byte value`);
  const folder = mkdtempSync(join(tmpdir(), 'gaiwan-bench-'));
  try {
    const store = await openEmbeddedStore({
      folder: join(folder, 'data'),
      rootKey: fileRootKey(join(folder, 'root.key')),
    });
    const raw = rawSqlite(folder);
    let count = 0;
    const key = () => ['bench', `${(count * 7919) % KEYS}`];
    const commit = () => store.commit({ put: [{ key: key(), value: Buffer.alloc(VALUE, count++) }] });
    const rawCommit = () => raw(`${(count++ * 7919) % KEYS}`);
    for (let round = 0; round < 2; round++) {
      await load(64, 4000, commit);
      await load(1, 2000, rawCommit);
    }
    const rawOne = await measured(1, 4000, rawCommit);
    const one = await measured(1, 4000, commit);
    const many = await measured(64, 40_000, commit);
    const get = async () => {
      count++;
      if (!(await store.get(key()))) throw new Error('lost');
    };
    await load(1, 2000, get);
    const getOne = await measured(1, 5000, get);
    const getMany = await measured(64, 40_000, get);
    const cached = cachedStore(store, { maxEntries: KEYS });
    const cachedGet = async () => {
      count++;
      if (!(await cached.get(key()))) throw new Error('lost');
    };
    await load(1, 5000, cachedGet);
    const fromCache = await measured(1, 20_000, cachedGet);
    await store.close();

    print('raw node:sqlite, one commit each', rawOne.summary, rawOne.cpu);
    print('commit, 1 writer', one.summary, one.cpu);
    print('commit, 64 writers', many.summary, many.cpu);
    print('get, 1 reader', getOne.summary, getOne.cpu);
    print('get, 64 readers', getMany.summary, getMany.cpu);
    print('get from the cache', fromCache.summary, fromCache.cpu);
    const ratio = (summary: Summary) => (summary.perSecond / rawOne.summary.perSecond).toFixed(2);
    console.log(`ratio to raw, commits/s: 1 writer ${ratio(one.summary)}, 64 writers ${ratio(many.summary)}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  await anchored();
  await opening(rows);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await run(Number(process.argv[2] ?? ROWS));
