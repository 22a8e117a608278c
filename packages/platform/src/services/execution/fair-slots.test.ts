import type { Leave } from '@gaiwan/executors';
import { describe, expect, it } from 'vitest';
import { shareOf } from '../../fairness/share.ts';
import { subjectOf } from '../../testing/subjects.ts';
import { FairSlots } from './fair-slots.ts';

const { signal } = new AbortController();
const of = (user: string, priority = 0) => ({ share: shareOf({ creator: subjectOf(user) }), priority });
const LONG = 200_000;

/** Takes a slot for each, and leaves it at once. Resolves to who had one, in order. */
async function order(
  slots: FairSlots,
  first: Leave | undefined,
  claims: readonly (readonly [string, number?])[],
) {
  const had: string[] = [];
  const all = claims.map(async ([user, priority], index) => {
    const leave = await slots.take(of(user, priority), signal, LONG);
    had.push(`${user}${index}`);
    leave?.();
  });
  first?.();
  await Promise.all(all);
  return had;
}

describe('slots for leases', () => {
  it('are taken in order by one user, whose higher priorities are first', async () => {
    const slots = new FairSlots(1);
    const first = await slots.take(of('ann'), signal, 0);
    expect(await order(slots, first, [['ann'], ['ann', -1], ['ann'], ['ann', 3]])).toEqual([
      'ann3',
      'ann0',
      'ann2',
      'ann1',
    ]);
  });

  it('are not kept from others by leases that came ahead', async () => {
    const slots = new FairSlots(1);
    const first = await slots.take(of('ann'), signal, 0);
    const ahead = Array.from({ length: 32 }, () => ['ann'] as const);
    const had = await order(slots, first, [...ahead, ['ben']]);
    expect(had.indexOf('ben32')).toBeLessThanOrEqual(1);
    expect(had).toHaveLength(33);
  });

  it('are as many as there are, and left by whoever loses patience or is cancelled', async () => {
    const slots = new FairSlots(1);
    const leave = await slots.take(of('ann'), signal, 0);
    const abort = new AbortController();
    const canceled = slots.take(of('ann'), abort.signal, LONG);
    const impatient = slots.take(of('ben'), signal, 5);
    const patient = slots.take(of('carl'), signal, LONG);
    abort.abort();
    await expect(canceled).rejects.toMatchObject({ code: 'canceled' });
    expect(await impatient).toBeUndefined();
    await expect(slots.take(of('ann'), abort.signal, 0)).rejects.toMatchObject({ code: 'canceled' });
    leave?.();
    (await patient)?.();
    (await slots.take(of('ben'), signal, LONG))?.();
  });
});
