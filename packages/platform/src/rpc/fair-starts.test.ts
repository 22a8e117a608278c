import { expect, it } from 'vitest';
import { FairStarts } from './fair-starts.ts';

function loop(perTurn: number) {
  let next: (() => void) | undefined;
  const begun: string[] = [];
  const starts = new FairStarts(perTurn, (run) => {
    next = run;
  });
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    begun,
    call: (caller: string, times = 1) => {
      for (let n = 0; n < times; n++) void starts.turn(caller).then(() => begun.push(caller));
      return settled();
    },
    /** Gives what was begun in it. */
    turn: async () => {
      const before = begun.length;
      const run = next;
      next = undefined;
      run?.();
      await settled();
      return begun.slice(before).join('');
    },
    isIdle: () => next === undefined,
  };
}

it('one call is begun at once', async () => {
  const { call, begun } = loop(2);
  await call('a');
  expect(begun).toEqual(['a']);
});

it('a user with many keeps another waiting for no more than a turn', async () => {
  const { call, begun, turn } = loop(2);
  await call('a', 100);
  expect(begun).toEqual(['a', 'a']);
  await call('b', 3);
  await call('c');
  // Whose turn it is: each in order, not each as often as it has asked.
  expect([await turn(), await turn(), await turn(), await turn()]).toEqual(['ab', 'ca', 'ba', 'ba']);
});

it('all of them are begun, those of one user in order, and nothing is left to do', async () => {
  const { call, begun, turn, isIdle } = loop(3);
  await call('a', 10);
  await call('b', 5);
  while (!isIdle()) await turn();
  expect(begun.filter((caller) => caller === 'a')).toHaveLength(10);
  expect(begun.filter((caller) => caller === 'b')).toHaveLength(5);
  await call('a');
  expect(begun).toHaveLength(16);
});
