import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { auditedIn } from '../../testing/audit.ts';
import { TestStore } from '../../testing/store.ts';
import { Runs } from '../runs.ts';
import { startOf } from './start.ts';

let test: TestStore;
beforeEach(async () => {
  test = await TestStore.open();
});
afterEach(() => test.close());

const start = async (program: string) =>
  Runs.begin(test.store, await startOf(test.store, program, test.clock.now()));

it('a start is in the log in its own commit, and one by another program says that the key was handed over', async () => {
  const commit = vi.spyOn(test.store, 'commit');
  for (const program of ['one', 'one', 'two']) await start(program);
  expect(commit).toHaveBeenCalledTimes(3);
  const entries = await auditedIn(test.store);
  expect(entries.map(({ message }) => message)).toEqual([
    'start: program one',
    'start: program one',
    'handover: the root key comes from program one',
    'start: program two',
  ]);
  expect(entries[0]).toMatchObject({
    user: 'operator',
    microsecond: test.clock.time * 1000,
    result: true,
  });
});
