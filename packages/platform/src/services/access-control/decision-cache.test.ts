import { expect, it, vi } from 'vitest';
import { DecisionCache } from './decision-cache.ts';

it('decides a question once, also where the answer is yes', () => {
  const cache = new DecisionCache();
  const decide = vi.fn<() => string | undefined>(() => undefined);
  expect([cache.of('q', decide), cache.of('q', decide)]).toEqual([undefined, undefined]);
  expect(decide).toHaveBeenCalledTimes(1);
});

it('keeps questions apart', () => {
  const cache = new DecisionCache();
  expect([cache.of('a', () => 'rule'), cache.of('b', () => undefined), cache.of('a', () => 'other')]).toEqual(
    ['rule', undefined, 'rule'],
  );
});

it('forgets what was not asked for the longest time, and never keeps a very long question', () => {
  const cache = new DecisionCache();
  const decide = vi.fn(() => 'rule');
  for (let index = 0; index < 4096; index++) cache.of(`q${index}`, decide);
  cache.of('q0', decide);
  cache.of('one more', decide);
  expect(decide).toHaveBeenCalledTimes(4097);
  cache.of('q0', decide);
  expect(decide).toHaveBeenCalledTimes(4097);
  cache.of('q1', decide);
  expect(decide).toHaveBeenCalledTimes(4098);
  for (let time = 0; time < 2; time++) cache.of('x'.repeat(3000), decide);
  expect(decide).toHaveBeenCalledTimes(4100);
});
