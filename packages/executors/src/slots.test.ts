import { describe, expect, it } from 'vitest';
import { Slots } from './slots.ts';

const { signal } = new AbortController();

describe('slots', () => {
  it('lets in as many as there are slots, the others in order', async () => {
    const slots = new Slots(2);
    const leave = [await slots.take(signal), await slots.take(signal)];
    const order: number[] = [];
    const waiting = [1, 2].map(async (number) => {
      const go = await slots.take(signal);
      order.push(number);
      return go;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(order).toEqual([]);
    for (const go of leave) go();
    for (const go of await Promise.all(waiting)) go();
    expect(order).toEqual([1, 2]);
  });

  it('is left by whoever is cancelled, and nobody takes their turn', async () => {
    const slots = new Slots(1);
    const leave = await slots.take(signal);
    const abort = new AbortController();
    const canceled = slots.take(abort.signal);
    const patient = slots.take(signal);
    abort.abort();
    await expect(canceled).rejects.toMatchObject({ code: 'canceled' });
    await expect(slots.take(abort.signal)).rejects.toMatchObject({ code: 'canceled' });
    leave();
    (await patient)();
    (await slots.take(signal))();
  });
});
