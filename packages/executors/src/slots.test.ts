import { describe, expect, it } from 'vitest';
import { Slots } from './slots.ts';

const { signal } = new AbortController();

describe('slots', () => {
  it('lets in as many as there are slots, the others in order', async () => {
    const slots = new Slots(2);
    const leave = [await slots.take(signal, 200_000), await slots.take(signal, 200_000)];
    const order: number[] = [];
    const waiting = [1, 2].map(async (number) => {
      const go = await slots.take(signal, 200_000);
      order.push(number);
      return go;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(order).toEqual([]);
    for (const go of leave) go?.();
    for (const go of await Promise.all(waiting)) go?.();
    expect(order).toEqual([1, 2]);
    await slots.take(signal, 0);
    await slots.take(signal, 0);
    expect(await slots.take(signal, 0)).toBeUndefined();
  });

  it('is left by whoever loses patience or is cancelled, and nobody takes their turn', async () => {
    const slots = new Slots(1);
    const leave = await slots.take(signal, 0);
    const abort = new AbortController();
    const canceled = slots.take(abort.signal, 200_000);
    const impatient = slots.take(signal, 5);
    const patient = slots.take(signal, 200_000);
    abort.abort();
    await expect(canceled).rejects.toMatchObject({ code: 'canceled' });
    expect(await impatient).toBeUndefined();
    await expect(slots.take(abort.signal, 0)).rejects.toMatchObject({ code: 'canceled' });
    leave?.();
    (await patient)?.();
    (await slots.take(signal))();
  });
});
