import { describe, expect, it } from 'vitest';
import { GivenBack, Turnstile } from './turnstile.ts';

const { signal } = new AbortController();

describe('a turnstile', () => {
  it('lets in as many as there are slots, the others in order', async () => {
    const turnstile = new Turnstile(2);
    const leave = [await turnstile.enter(1000, signal), await turnstile.enter(1000, signal)];
    const order: number[] = [];
    const waiting = [1, 2].map(async (number) => {
      const go = await turnstile.enter(1000, signal);
      order.push(number);
      return go;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(order).toEqual([]);
    for (const go of leave) go();
    for (const go of await Promise.all(waiting)) go();
    expect(order).toEqual([1, 2]);
    await turnstile.enter(0, signal);
    await turnstile.enter(0, signal);
    await expect(turnstile.enter(0, signal)).rejects.toBeInstanceOf(GivenBack);
  });

  it('is left by whoever loses patience or is cancelled, and nobody takes their turn', async () => {
    const turnstile = new Turnstile(1);
    const leave = await turnstile.enter(0, signal);
    const abort = new AbortController();
    const canceled = turnstile.enter(10_000, abort.signal);
    const impatient = turnstile.enter(5, signal);
    const patient = turnstile.enter(10_000, signal);
    abort.abort();
    await expect(canceled).rejects.toMatchObject({ code: 'canceled' });
    await expect(impatient).rejects.toBeInstanceOf(GivenBack);
    await expect(turnstile.enter(0, abort.signal)).rejects.toMatchObject({ code: 'canceled' });
    leave();
    (await patient)();
    (await turnstile.enter(0, signal))();
  });
});
