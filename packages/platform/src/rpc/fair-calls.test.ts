import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FairCalls } from './fair-calls.ts';

const OPTIONS = { besideOthers: 2, remembered: 1000, counted: 100, overtaken: 2 };
const going = new AbortController().signal;

let now: number;
let fair: FairCalls;
afterEach(() => void vi.useRealTimers());
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  now = 0;
  fair = new FairCalls(OPTIONS, () => now);
});

interface Begun {
  readonly who: string;
  readonly end: () => void;
}
let begun: Begun[];
beforeEach(() => {
  begun = [];
});

/** A call that runs until a test ends it. */
const call = (who: string, signal = going) =>
  fair.run(who, signal, () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    begun.push({ who, end: () => resolve(who) });
    return promise;
  });
/** Lets all go on that can. */
const settle = async () => {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
};
const running = async () => {
  await settle();
  return begun.map(({ who }) => who).join('');
};
const end = async (index: number) => {
  begun.splice(index, 1)[0]?.end();
  await settle();
};

/** Longer than any rest. */
const rested = async () => {
  await settle();
  vi.advanceTimersByTime(OPTIONS.counted);
  await settle();
};

describe('calls of a user', () => {
  it('who is alone all run', async () => {
    for (let n = 0; n < 5; n++) void call('a');
    expect(await running()).toBe('aaaaa');
  });

  it('wait between each other for as long as the last one took, while others call', async () => {
    void call('b');
    for (let n = 0; n < 4; n++) void call('a');
    expect(await running()).toBe('baa');
    now += 40;
    await end(1);
    expect(await running()).toBe('ba');
    vi.advanceTimersByTime(39);
    expect(await running()).toBe('ba');
    vi.advanceTimersByTime(1);
    expect(await running()).toBe('baa');
    // The other one has run for as long as both.
    now += 40;
    await end(1);
    vi.advanceTimersByTime(79);
    expect(await running()).toBe('ba');
    vi.advanceTimersByTime(1);
    expect(await running()).toBe('baa');
    // Nothing waits: there is nothing to rest for.
    await end(1);
    void call('a');
    expect(await running()).toBe('baa');
  });

  it('that take long are overtaken, and do not count twice when they end', async () => {
    void call('b');
    for (let n = 0; n < 7; n++) void call('a');
    expect(await running()).toBe('baa');
    vi.advanceTimersByTime(99);
    expect(await running()).toBe('baa');
    vi.advanceTimersByTime(1);
    expect(await running()).toBe('baaaa');
    // No more than two are overtaken at a time.
    vi.advanceTimersByTime(100);
    expect(await running()).toBe('baaaa');
    await end(1);
    await end(1);
    expect(await running()).toBe('baa');
    await end(1);
    expect(await running()).toBe('baa');
  });

  it('that were overtaken are not forgotten while they run', async () => {
    void call('b');
    for (let n = 0; n < 2; n++) void call('a');
    await settle();
    vi.advanceTimersByTime(100);
    expect(await running()).toBe('baa');
    // Long after, both of a's calls still run, and no other may be overtaken.
    now = 10_000;
    for (let n = 0; n < 4; n++) void call('a');
    void call('b');
    expect(await running()).toBe('baaaab');
    vi.advanceTimersByTime(100);
    expect(await running()).toBe('baaaab');
  });

  it('beside another run a few at once, in the order in which they came', async () => {
    void call('b');
    for (let n = 0; n < 5; n++) void call('a');
    expect(await running()).toBe('baa');
    await end(1);
    expect(await running()).toBe('baa');
    await end(1);
    await end(1);
    await end(1);
    expect(await running()).toBe('ba');
  });

  it('that run already go on, and no further one begins, once another calls', async () => {
    for (let n = 0; n < 4; n++) void call('a');
    void call('b');
    void call('a');
    expect(await running()).toBe('aaaab');
    for (let n = 0; n < 3; n++) await end(0);
    expect(await running()).toBe('aba');
  });

  it('all run again when no other has called for a while', async () => {
    void call('b');
    for (let n = 0; n < 5; n++) void call('a');
    await settle();
    await end(0);
    now += 999;
    await end(0);
    // In the place of the one that ended, the user rests.
    expect(await running()).toBe('a');
    now += 300;
    await end(0);
    expect(await running()).toBe('aaa');
  });

  it('that are given up while they wait are not begun, and keep nobody waiting', async () => {
    void call('b');
    const given = new AbortController();
    void call('a');
    void call('a');
    const waits = call('a', given.signal);
    const last = call('a');
    given.abort(new Error('given up'));
    // At once, though none has ended: nothing of it is kept meanwhile.
    await expect(waits).rejects.toThrow('given up');
    await end(1);
    expect(await running()).toBe('baa');
    await end(1);
    await end(1);
    await expect(last).resolves.toBe('a');
  });

  it('that fail make room as well', async () => {
    void call('b');
    const failing = () => fair.run('a', going, () => Promise.reject(new Error('no')));
    await expect(failing()).rejects.toThrow('no');
    await expect(failing()).rejects.toThrow('no');
    await expect(failing()).rejects.toThrow('no');
    void call('a');
    expect(await running()).toBe('ba');
  });
});

describe('a stream', () => {
  async function* messages(before: () => void) {
    before();
    yield 1;
    yield 2;
  }

  it('waits as a call does until its first message, and has no place afterwards', async () => {
    void call('b');
    void call('a');
    void call('a');
    let started = 0;
    const stream = fair.begin(
      'a',
      going,
      messages(() => started++),
    );
    const first = stream.next();
    await settle();
    expect(started).toBe(0);
    await end(1);
    expect(await first).toEqual({ done: false, value: 1 });
    void call('a');
    expect(await running()).toBe('baa');
    expect([await stream.next(), await stream.next()]).toEqual([
      { done: false, value: 2 },
      { done: true, value: undefined },
    ]);
  });

  it('that is left ends what it is of', async () => {
    let ended = false;
    async function* endless() {
      try {
        for (;;) yield 1;
      } finally {
        ended = true;
      }
    }
    for await (const one of fair.begin('a', going, endless())) {
      expect(one).toBe(1);
      break;
    }
    expect(ended).toBe(true);
  });
});

it('whatever comes in whatever order: nobody with a place is kept from it, nobody has more, all end', async () => {
  const step = fc.oneof(
    fc.record({ call: fc.constantFrom('a', 'b', 'c') }),
    fc.record({ end: fc.nat(20) }),
    fc.record({ wait: fc.nat(1500) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      now = 0;
      begun = [];
      fair = new FairCalls(OPTIONS, () => now);
      const open: Record<string, number> = { a: 0, b: 0, c: 0 };
      const all: Promise<string>[] = [];
      for (const one of steps) {
        if ('wait' in one) now += one.wait;
        else if ('end' in one) {
          const who = begun[one.end % Math.max(1, begun.length)]?.who;
          if (who !== undefined) {
            open[who] = (open[who] ?? 0) - 1;
            await end(one.end % begun.length);
          }
        } else {
          open[one.call] = (open[one.call] ?? 0) + 1;
          all.push(call(one.call));
        }
        await rested();
        for (const [who, count] of Object.entries(open)) {
          const runs = begun.filter((other) => other.who === who).length;
          expect(runs).toBeGreaterThanOrEqual(Math.min(count, OPTIONS.besideOthers));
          expect(runs).toBeLessThanOrEqual(count);
        }
      }
      while (begun.length > 0) {
        await end(0);
        await rested();
      }
      expect(await Promise.all(all)).toHaveLength(all.length);
    }),
  );
});
