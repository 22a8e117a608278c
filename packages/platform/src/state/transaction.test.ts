import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { encodeRecord } from '../domain/index.ts';
import { TestStore } from '../testing/store.ts';
import { readRecord, transact } from './transaction.ts';

const KEY = ['test', 'record'];
let test: TestStore;
beforeEach(async () => {
  test = await TestStore.open();
});
afterEach(() => test.close());

it('a transaction sees one state of a record, and is a conflict where it has changed since', async () => {
  const seen: (number | undefined)[][] = [];
  await transact(test.store, test.clock, async (tx) => {
    const first = await tx.read<{ n: number }>(KEY);
    if (seen.length === 0) await test.store.commit({ put: [{ key: KEY, value: encodeRecord({ n: 1 }) }] });
    const second = await tx.read<{ n: number }>(KEY);
    seen.push([first?.n, second?.n]);
    tx.put(KEY, { n: (second?.n ?? 0) + 1 });
  });
  expect(seen).toEqual([
    [undefined, undefined],
    [1, 1],
  ]);
  expect(await readRecord(test.store, KEY)).toEqual({ n: 2 });
});

it('reads and decodes a record once, however often and by however many it is asked for', async () => {
  const get = vi.spyOn(test.store, 'get');
  await test.store.commit({ put: [{ key: KEY, value: encodeRecord({ n: 1 }) }] });
  await transact(test.store, test.clock, async (tx) => {
    const [one, other] = await Promise.all([tx.read(KEY), tx.read(KEY), tx.has(KEY)]);
    expect(one).toEqual({ n: 1 });
    expect(other).toBe(one);
    expect(await tx.read(KEY)).toBe(one);
  });
  expect(get).toHaveBeenCalledTimes(1);
});

it('whether a key is there is held to as well', async () => {
  const seen: boolean[] = [];
  await transact(test.store, test.clock, async (tx) => {
    seen.push(await tx.has(KEY));
    if (seen.length === 1) await test.store.commit({ put: [{ key: KEY, value: encodeRecord({ n: 1 }) }] });
    tx.mark(['test', 'other']);
  });
  expect(seen).toEqual([false, true]);
});
