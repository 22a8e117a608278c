/** Timers on a clock of the test, as the engine runs them: outside of the engine, where what they look at can be counted. */
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TIMERS } from './timers.ts';

interface Timers {
  readonly setTimeout: (callback: () => void, delay: number) => number;
  readonly setInterval: (callback: () => void, delay: number) => number;
  readonly clearTimeout: (number: number) => void;
}

function timers() {
  let time = 0;
  let looks = 0;
  class Counted<K, V> extends Map<K, V> {
    override *[Symbol.iterator](): MapIterator<[K, V]> {
      for (const entry of super[Symbol.iterator]()) {
        looks++;
        yield entry;
      }
    }
  }
  const turns = { next: (): boolean => false };
  // The text is a function of its tools.
  const make = runInNewContext(TIMERS, { Map: Counted, performance: { now: () => time } }) as (
    tools: object,
  ) => Timers;
  const made = make({ turns, host: { sleep: (rest: number) => (time += rest) } });
  return { ...made, turn: () => turns.next(), now: () => time, looks: () => looks };
}

describe('timers', () => {
  it('come by time, then in the order in which they were set, whatever was cleared', () => {
    const step = fc.record({
      delay: fc.nat(4),
      clears: fc.option(fc.nat(40), { nil: undefined }),
      turns: fc.constantFrom(0, 0, 0, 1, 2),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { clearTimeout, now, setTimeout, turn } = timers();
        const seen: number[] = [];
        const right: number[] = [];
        const waiting = new Map<number, { readonly due: number; readonly index: number }>();
        const take = (): boolean => {
          const [first] = [...waiting].toSorted(([, a], [, b]) => a.due - b.due || a.index - b.index);
          if (first) right.push(first[1].index);
          if (first) waiting.delete(first[0]);
          return first !== undefined;
        };
        for (const [index, { delay, clears, turns }] of steps.entries()) {
          waiting.set(
            // oxlint-disable-next-line tests/no-sleep -- the timers that are tested, on a clock of the test
            setTimeout(() => seen.push(index), delay),
            { due: now() + delay, index },
          );
          if (clears !== undefined) clearTimeout(clears);
          if (clears !== undefined) waiting.delete(clears);
          for (let n = 0; n < turns; n++) expect(turn()).toBe(take());
        }
        while (turn()) take();
        expect(take()).toBe(false);
        expect(seen).toEqual(right);
      }),
    );
  });

  it('that repeat come among the others, until they are cleared by themselves', () => {
    const { clearTimeout, now, setInterval, setTimeout, turn } = timers();
    const seen: string[] = [];
    // oxlint-disable-next-line tests/no-sleep -- the timers that are tested, on a clock of the test
    const every = setInterval(() => {
      seen.push(`every ${now()}`);
      if (now() === 30) clearTimeout(every);
    }, 10);
    // oxlint-disable-next-line tests/no-sleep -- the timers that are tested, on a clock of the test
    for (const delay of [10, 20, 40]) setTimeout(() => seen.push(`once ${delay}`), delay);
    while (turn());
    expect(seen).toEqual(['every 10', 'once 10', 'once 20', 'every 20', 'every 30', 'once 40']);
  });

  it('are not all looked at in each turn', () => {
    const { clearTimeout, looks, setTimeout, turn } = timers();
    let called = 0;
    for (let n = 0; n < 3000; n++) {
      // oxlint-disable-next-line tests/no-sleep -- the timers that are tested, on a clock of the test
      const number = setTimeout(() => called++, (n * 7919) % 1000);
      if (n % 3 === 0) clearTimeout(number);
    }
    while (turn());
    expect(called).toBe(2000);
    expect(looks()).toBeLessThan(3000 * 20);
  });
});
