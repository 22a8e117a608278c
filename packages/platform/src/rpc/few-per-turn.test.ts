import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { FewPerTurn } from './few-per-turn.ts';

it('runs so many in a turn, in order; what had nothing to do does not count', async () => {
  const done: number[] = [];
  const few = new FewPerTurn(2);
  for (let n = 0; n < 7; n++)
    few.add(() => {
      done.push(n);
      return n % 3 !== 0;
    });
  expect(done).toEqual([]);
  await nextTurn();
  expect(done).toEqual([0, 1, 2]);
  few.add(() => done.push(7) > 0);
  await nextTurn();
  expect(done).toEqual([0, 1, 2, 3, 4, 5]);
  await nextTurn();
  expect(done).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  few.add(() => done.push(8) > 0);
  await nextTurn();
  expect(done).toHaveLength(9);
});
