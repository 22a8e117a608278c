import { beforeEach, expect, it } from 'vitest';
import { Repeats } from './repeats.ts';

let repeats: Repeats;
beforeEach(() => {
  repeats = new Repeats({ first: 2, all: 5, kinds: 3 });
});
const entry = (message: string, microsecond = 1) => ({
  microsecond,
  address: '10.0.0.1',
  user: 'ann',
  message,
  result: false,
});
/** How many of so many are written. */
const written = (kind: string, count: number) =>
  Array.from({ length: count }, (_, at) => repeats.admits(kind, entry(kind, at))).filter(Boolean).length;

it('the first of a kind are written, the others counted, and each period begins anew', () => {
  expect(written('a', 5)).toBe(2);
  expect(written('b', 1)).toBe(1);
  expect(repeats.end()).toEqual([entry('a: 3 more', 4)]);
  expect(repeats.end()).toEqual([]);
  expect(written('a', 2)).toBe(2);
  expect(repeats.end()).toEqual([]);
});

it('not more than so many of all kinds are written', () => {
  expect([written('a', 2), written('b', 2), written('c', 2)]).toEqual([2, 2, 1]);
  expect(repeats.end()).toEqual([entry('c: 1 more', 1)]);
  expect([written('a', 2), written('b', 2), written('c', 2)]).toEqual([2, 2, 1]);
});

it('kinds that there is no room for are counted together, and a known one stays itself', () => {
  expect([written('a', 1), written('b', 1), written('c', 1), written('d', 4), written('e', 3)]).toEqual([
    1, 1, 1, 0, 0,
  ]);
  expect(written('a', 1)).toBe(1);
  expect(repeats.end()).toEqual([
    {
      microsecond: 2,
      address: '',
      user: '',
      message: 'audit_entries_counted: 7 of further kinds',
      result: false,
    },
  ]);
});
