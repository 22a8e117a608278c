import { expect, it } from 'vitest';
import { Throttle } from './throttle.ts';

const clock = { time: 0, monotonic: () => clock.time };
const make = () => new Throttle(clock, { burst: 3, refillMs: 1000 });

it('takes a burst of failures, then one for each refill', () => {
  const throttle = make();
  for (let failure = 0; failure < 3; failure++) {
    expect(throttle.allows('ann')).toBe(true);
    throttle.recordFailure('ann');
  }
  expect(throttle.allows('ann')).toBe(false);
  expect(throttle.allows('ben')).toBe(true);
  clock.time += 999;
  expect(throttle.allows('ann')).toBe(false);
  clock.time += 1;
  expect(throttle.allows('ann')).toBe(true);
  throttle.recordFailure('ann');
  expect(throttle.allows('ann')).toBe(false);
});

it('forgets with time', () => {
  const throttle = make();
  for (let failure = 0; failure < 3; failure++) throttle.recordFailure('ann');
  clock.time += 3000;
  for (let failure = 0; failure < 3; failure++) {
    expect(throttle.allows('ann')).toBe(true);
    throttle.recordFailure('ann');
  }
});

it('remembers a bounded number of names, the newest', () => {
  const throttle = make();
  for (let failure = 0; failure < 3; failure++) throttle.recordFailure('old');
  for (let name = 0; name < 9_999; name++) throttle.recordFailure(`n${name}`);
  expect(throttle.allows('old')).toBe(false);
  throttle.recordFailure('one more');
  expect(throttle.allows('old')).toBe(true);
});
