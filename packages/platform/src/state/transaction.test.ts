import { afterEach, beforeEach, expect, it } from 'vitest';
import { encodeRecord } from '../domain/index.ts';
import { TestStore } from '../testing/store.ts';
import { readRecord, transact } from './transaction.ts';

const KEY = ['test', 'record'];
let test: TestStore;
beforeEach(async () => {
  test = await TestStore.open();
});
afterEach(() => test.close());

it('what changes between two reads of one transaction is a conflict: the first was decided upon', async () => {
  const seen: (number | undefined)[][] = [];
  await transact(test.store, test.clock, async (tx) => {
    const first = await tx.read<{ n: number }>(KEY);
    if (seen.length === 0) await test.store.commit({ put: [{ key: KEY, value: encodeRecord({ n: 1 }) }] });
    const second = await tx.read<{ n: number }>(KEY);
    seen.push([first?.n, second?.n]);
    tx.put(KEY, { n: (second?.n ?? 0) + 1 });
  });
  expect(seen).toEqual([
    [undefined, 1],
    [1, 1],
  ]);
  expect(await readRecord(test.store, KEY)).toEqual({ n: 2 });
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
