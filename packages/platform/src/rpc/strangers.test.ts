import { expect, it } from 'vitest';
import { Strangers } from './strangers.ts';

const rates = {
  each: { burst: 10, perSecond: 2 },
  least: { burst: 2, perSecond: 1 },
};

function began() {
  const clock = { now: 0 };
  const strangers = new Strangers(rates, () => clock.now);
  /** How many of so many calls are answered. */
  const call = (source: string, times: number) =>
    Array.from({ length: times }, () => strangers.count(source)).filter(Boolean).length;
  return { clock, strangers, call };
}

it('an address has its part', () => {
  const { clock, strangers, call } = began();
  expect(call('a', 15)).toBe(10);
  expect(strangers.areTooMany('a')).toBe(true);
  expect(strangers.areTooMany('b')).toBe(false);
  clock.now += 1000;
  expect(strangers.areTooMany('a')).toBe(false);
  expect(call('a', 5)).toBe(2);
});

it('all together have one, beyond which each address still has a few', () => {
  const { clock, strangers, call } = began();
  for (const source of ['a', 'b']) expect(call(source, 5)).toBe(5);
  for (const source of ['c', 'd', 'e']) {
    expect(strangers.areTooMany(source)).toBe(false);
    expect(call(source, 10)).toBe(2);
    expect(strangers.areTooMany(source)).toBe(true);
  }
  // Two of all are new, and one of each.
  clock.now += 1000;
  expect(call('a', 10)).toBe(2 + 2);
  expect(call('b', 10)).toBe(2);
  expect(call('c', 1)).toBe(1);
});
