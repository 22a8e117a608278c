import { expect, it } from 'vitest';
import { Throttle } from './throttle.ts';

const clock = { time: 0, monotonic: () => clock.time };
const make = () => new Throttle(clock, { burst: 3, refillMs: 1000 });
const takeAll = (throttle: Throttle, name: string) => {
  let taken = 0;
  for (; throttle.wait(name) === 0; taken++) throttle.take(name);
  return taken;
};

it('takes a burst of guesses, then one for each refill, and says when', () => {
  const throttle = make();
  expect(takeAll(throttle, 'ann')).toBe(3);
  expect(throttle.wait('ann')).toBe(1000);
  expect(throttle.wait('ben')).toBe(0);
  clock.time += 999;
  expect(throttle.wait('ann')).toBe(1);
  clock.time += 1;
  expect(takeAll(throttle, 'ann')).toBe(1);
});

it('forgets with time', () => {
  const throttle = make();
  takeAll(throttle, 'ann');
  clock.time += 3000;
  expect(takeAll(throttle, 'ann')).toBe(3);
});

it('gets back what was right', () => {
  const throttle = make();
  for (let guess = 0; guess < 100; guess++) {
    throttle.take('ann');
    throttle.giveBack('ann');
  }
  expect(takeAll(throttle, 'ann')).toBe(3);
  throttle.giveBack('ann');
  expect(takeAll(throttle, 'ann')).toBe(1);
  // Never more than full.
  throttle.giveBack('ben');
  for (let guess = 0; guess < 5; guess++) throttle.giveBack('ann');
  expect(takeAll(throttle, 'ann')).toBe(3);
});

it('remembers a bounded number of names, the newest', () => {
  const throttle = make();
  takeAll(throttle, 'old');
  for (let name = 0; name < 9_999; name++) throttle.take(`n${name}`);
  expect(throttle.wait('old')).toBeGreaterThan(0);
  throttle.take('one more');
  expect(throttle.wait('old')).toBe(0);
});
