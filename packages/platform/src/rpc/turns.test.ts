import { describe, expect, it, vi } from 'vitest';
import { Turns } from './turns.ts';

/** An action that goes on until it is told to end. */
function controlled() {
  const state = { running: 0, most: 0, ends: [] as (() => void)[] };
  const action = async () => {
    state.running++;
    state.most = Math.max(state.most, state.running);
    await new Promise<void>((resolve) => state.ends.push(resolve));
    state.running--;
  };
  return { state, action };
}

describe('turns', () => {
  it('are never more than so many, also where somebody comes between an end and the next one’s waking up', async () => {
    const turns = new Turns(2, 100);
    const { state, action } = controlled();
    const all: Promise<void>[] = [];
    const come = () => all.push(turns.take(action));
    for (let count = 0; count < 4; count++) come();
    for (let round = 0; round < 20; round++) {
      state.ends.shift()?.();
      // At every point of the chain of promises between the end and the next beginning.
      for (let tick = 0; tick < 8; tick++) {
        if (tick === round % 8) come();
        await Promise.resolve();
      }
    }
    expect(state.most).toBe(2);
    while (all.length > 0 && state.running > 0) {
      state.ends.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(all);
    // And all places are free again.
    const again = controlled();
    const later = [turns.take(again.action), turns.take(again.action)];
    await Promise.resolve();
    expect(again.state.running).toBe(2);
    for (const end of again.state.ends) end();
    await Promise.all(later);
  });

  it('come in order, also after one that failed', async () => {
    const turns = new Turns(1, 10);
    const order: number[] = [];
    const results = await Promise.allSettled(
      [0, 1, 2, 3].map((index) =>
        turns.take(async () => {
          order.push(index);
          if (index === 1) throw new Error('failed');
        }),
      ),
    );
    expect(order).toEqual([0, 1, 2, 3]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
  });

  it('rest after one that gave false for as long as they are told, and answer before', async () => {
    vi.useFakeTimers();
    try {
      const turns = new Turns(1, 10, { rest: 2 });
      const order: string[] = [];
      const { state, action } = controlled();
      const take = (name: string, result = false) =>
        turns.take(() => action().then(() => result)).then(() => order.push(name));
      const all = [take('first'), take('second', true), take('third')];
      await vi.advanceTimersByTimeAsync(100);
      state.ends.shift()?.();
      await vi.advanceTimersByTimeAsync(199);
      expect([order, state.running]).toEqual([['first'], 0]);
      await vi.advanceTimersByTimeAsync(2);
      expect(state.running).toBe(1);
      state.ends.shift()?.();
      await vi.advanceTimersByTimeAsync(0);
      // Without a rest.
      expect([order, state.running]).toEqual([['first', 'second'], 1]);
      state.ends.shift()?.();
      await Promise.all(all);
    } finally {
      vi.useRealTimers();
    }
  });

  it('go round by party, and each party has its own in order', async () => {
    const turns = new Turns(1, 10);
    const order: string[] = [];
    const wanted = ['a1', 'a2', 'a3', 'b1', 'a4', 'c1', 'b2'];
    await Promise.all(wanted.map((name) => turns.take(async () => void order.push(name), name[0])));
    expect(order).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'b2', 'a4']);
  });

  it('where too many wait, are refused to the party with most of them, its last one first', async () => {
    const turns = new Turns(1, 3);
    const order: string[] = [];
    const take = (name: string) => turns.take(async () => void order.push(name), name[0]);
    const asked = ['a1', 'a2', 'a3', 'a4', 'a5', 'b1', 'c1', 'd1'].map(take);
    const results = await Promise.allSettled(asked);
    const refused = results.map((one) => (one.status === 'rejected' ? one.reason : undefined));
    const busy: unknown = expect.objectContaining({ code: 'busy' });
    const none = undefined;
    expect(refused).toEqual([none, none, busy, busy, busy, none, none, busy]);
    expect(order).toEqual(['a1', 'a2', 'b1', 'c1']);
  });

  it('are refused where too many wait', async () => {
    const turns = new Turns(1, 2);
    const { state, action } = controlled();
    const first = [0, 1, 2].map(() => turns.take(action));
    await expect(turns.take(action)).rejects.toMatchObject({ code: 'busy' });
    for (let count = 0; count < 3; count++) {
      state.ends.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(first);
  });
});
