/** Steps of sealing anew: how much at once, and what a disk that fails does to them. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { rootKeyHandle } from '../key-ring.ts';
import { Database } from './database.ts';
import { GroupCommit } from './group.ts';
import type { ResealPlace } from './reseal.ts';
import { SealedTables } from './sealed-tables.ts';
import { Tables } from './tables.ts';

const MiB = 1024 * 1024;
/** SQLITE_IOERR_FSYNC */
const failedSync = Object.assign(new Error('disk I/O error'), { errcode: 1034 });

let folder: string;
let tables: Tables;
let sealed: SealedTables;
let group: GroupCommit;
const root = () => rootKeyHandle(randomBytes(32));
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gaiwan-reseal-'));
  tables = new Tables(new Database(join(folder, 'store.sqlite')));
  sealed = new SealedTables(tables, root());
  group = new GroupCommit(sealed);
});
afterEach(async () => {
  tables.close();
  await rm(folder, { recursive: true });
});

function put(id: string, size: number): void {
  expect(group.commit([{ put: [{ key: ['big', id], value: Buffer.alloc(size, id) }] }])).toEqual([[1]]);
}

it('seals about 4 MiB anew at once, however large the values are', () => {
  const sizes = [1, 1, 1, 1, 1, 1, 20, 1, 3, 3].map((size) => size * MiB);
  for (const [index, size] of sizes.entries()) put(String(index), size);
  sealed.rotate(root(), group.write);
  const steps: number[][] = [];
  const updateEntry = tables.updateEntry.bind(tables);
  vi.spyOn(tables, 'updateEntry').mockImplementation((key, head, body) => {
    steps.at(-1)?.push(Math.floor(body.length / MiB));
    updateEntry(key, head, body);
  });
  let place: ResealPlace | undefined;
  do {
    steps.push([]);
    place = sealed.reseal(place, group.write);
  } while (place);
  const total = (step: readonly number[]) => step.reduce((sum, size) => sum + size, 0);
  const filled = steps.filter((step) => step.length > 0);
  const bySize = (a: number, b: number) => a - b;
  expect(filled.flat().sort(bySize)).toEqual(sizes.map((size) => size / MiB).sort(bySize));
  // What goes over the limit ends its step, and no step ends before: in which order they come is up to the blinded keys.
  for (const step of filled) expect(total(step.slice(0, -1))).toBeLessThan(4);
  for (const step of filled.slice(0, -1)) expect(total(step)).toBeGreaterThanOrEqual(4);
  for (const [index, size] of sizes.entries())
    expect(
      Buffer.compare(
        sealed.get(['big', String(index)])?.value ?? new Uint8Array(),
        Buffer.alloc(size, String(index)),
      ),
    ).toBe(0);
});

const rotating = () => sealed.rotate(root(), group.write);
const resealing = () => {
  let place: ResealPlace | undefined;
  do place = sealed.reseal(place, group.write);
  while (place);
};

it.each([
  ['rotating', rotating, 0],
  ['sealing rows anew', resealing, 0],
  ['dropping the old keys', resealing, 3],
])(
  'after a sync that failed in %s, nothing is written any more, and what is there can be read',
  (_, step, commits) => {
    put('1', 10);
    if (step === resealing) rotating();
    const commit = tables.commit.bind(tables);
    let left = commits;
    const failing = vi.spyOn(tables, 'commit').mockImplementation(() => {
      if (left-- <= 0) throw failedSync;
      commit();
    });
    expect(step).toThrow(
      expect.objectContaining({ code: 'sync-failed', message: expect.stringMatching(/no more writes/) }),
    );
    failing.mockRestore();
    expect(group.commit([{ put: [{ key: ['big', '2'], value: Buffer.alloc(1) }] }])).toMatchObject([
      { code: 'sync-failed' },
    ]);
    expect(rotating).toThrow(expect.objectContaining({ code: 'sync-failed' }));
    expect(sealed.get(['big', '1'])?.value).toEqual(Buffer.alloc(10, '1'));
  },
);

it('goes on under the old keys after a rotation that the disk had no space for', () => {
  put('1', 10);
  const full = Object.assign(new Error('database or disk is full'), { errcode: 13 });
  const failing = vi.spyOn(tables, 'setMeta').mockImplementationOnce(() => {
    throw full;
  });
  expect(rotating).toThrow(full);
  failing.mockRestore();
  put('2', 10);
  rotating();
  resealing();
  for (const id of ['1', '2']) expect(sealed.get(['big', id])?.value).toEqual(Buffer.alloc(10, id));
});
