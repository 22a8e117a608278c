import { describe, expect, it } from 'vitest';
import { Deadline } from './deadline.ts';

const never = new Promise<never>(() => undefined);

describe('a deadline', () => {
  it('gives what the action gives, and what it throws', async () => {
    const deadline = new Deadline(60_000);
    expect(await deadline.wait('answer', Promise.resolve(7))).toBe(7);
    await expect(deadline.wait('answer', Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  });

  it('is one for all steps', async () => {
    const deadline = new Deadline(20);
    const refusal = { code: 'ETIMEDOUT', message: 'no answer within 20 ms' };
    await expect(deadline.wait('answer', never)).rejects.toMatchObject(refusal);
    await expect(deadline.wait('answer', never)).rejects.toMatchObject(refusal);
  });

  it('is cut short by its signal, for its reason', async () => {
    const aborting = new AbortController();
    const deadline = new Deadline(60_000, aborting.signal);
    const waiting = deadline.wait('answer', never);
    aborting.abort(new Error('the user left'));
    await expect(waiting).rejects.toThrow('the user left');
    await expect(deadline.wait('answer', never)).rejects.toThrow('the user left');
  });
});
