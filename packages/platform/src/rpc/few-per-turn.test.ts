import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { FewPerTurn } from './few-per-turn.ts';

const [ann, ben] = [{}, {}];

function began(most: number, mostWaiting = 100) {
  const few = new FewPerTurn(most, mostWaiting);
  const done: string[] = [];
  const run = (who: object, name: string, doesSomething = true) =>
    few.run(who, () => {
      done.push(name);
      return doesSomething;
    });
  return { done, run };
}

it('so many at once, the others in later turns, each in its order and all in turn', async () => {
  const { done, run } = began(2);
  for (const name of ['a1', 'a2', 'a3', 'a4', 'a5']) run(ann, name);
  for (const name of ['b1', 'b2']) run(ben, name);
  expect(done).toEqual(['a1', 'a2']);
  await nextTurn();
  expect(done.slice(2)).toEqual(['a3', 'b1']);
  // Nobody overtakes those who wait.
  run(ben, 'b3');
  await nextTurn();
  expect(done.slice(4)).toEqual(['a4', 'b2']);
  await nextTurn();
  expect(done.slice(6)).toEqual(['a5', 'b3']);
});

it('a new turn has room again', async () => {
  const { done, run } = began(1);
  for (const name of ['1', '2', '3']) {
    run(ann, name);
    expect(done.at(-1)).toBe(name);
    await nextTurn();
  }
});

it('what had nothing to do does not count', async () => {
  const { done, run } = began(1);
  for (let n = 0; n < 9; n++) run(ann, `${n}`, n % 3 === 2);
  expect(done).toHaveLength(3);
  await nextTurn();
  expect(done).toHaveLength(6);
  await nextTurn();
  expect(done).toHaveLength(9);
});

it('no more wait than may, whoever they are', async () => {
  const { done, run } = began(1, 2);
  expect([run(ann, 'a1'), run(ann, 'a2'), run(ben, 'b1')]).toEqual([true, true, true]);
  expect([run(ann, 'a3'), run(ben, 'b2')]).toEqual([false, false]);
  await nextTurn();
  expect(run(ben, 'b3')).toBe(true);
  for (let turn = 0; turn < 5; turn++) await nextTurn();
  expect(done).toEqual(['a1', 'a2', 'b1', 'b3']);
});
