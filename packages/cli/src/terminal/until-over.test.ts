import { CodedError } from '@gaiwan/errors';
import { afterEach, expect, it, vi } from 'vitest';
import type { Context } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { limits } from '../limits.ts';
import { untilOver } from './until-over.ts';

class Failure extends CodedError<'data-folder-sync-failed'> {}

const never = new Promise<never>(() => undefined);
const failure = new Failure('data-folder-sync-failed', 'the disk failed');
const running = new AbortController().signal;
const left = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never);
const said = vi.fn();
const context = { process: { stderr: { write: said } } } as unknown as Context;

afterEach(() => {
  vi.clearAllTimers();
  vi.useRealTimers();
  left.mockClear();
});

it('a service that is asked to stop is closed', async () => {
  vi.useFakeTimers();
  const [close, stopping] = [vi.fn(() => Promise.resolve()), vi.fn()];
  await untilOver(context, AbortSignal.abort(), { failed: never, close }, stopping);
  expect([close.mock.calls.length, stopping.mock.calls.length]).toEqual([1, 1]);
});

it.each(['well', 'badly'])(
  'one that cannot go on is closed, and rejects with why (it closes %s)',
  async (how) => {
    vi.useFakeTimers();
    const close = vi.fn(() => (how === 'well' ? Promise.resolve() : Promise.reject(new Error('no disk'))));
    await expect(untilOver(context, running, { failed: Promise.resolve(failure), close })).rejects.toBe(
      failure,
    );
    expect(close).toHaveBeenCalledTimes(1);
  },
);

it('one that cannot even be closed ends all the same, with the exit code of why', async () => {
  vi.useFakeTimers();
  void untilOver(context, running, { failed: Promise.resolve(failure), close: () => never });
  await vi.advanceTimersByTimeAsync(limits.failing.value - 1);
  expect(left).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(left).toHaveBeenCalledWith(exitCodes.diskFailed.value);
  expect(said).toHaveBeenCalledWith(expect.stringContaining('data-folder-sync-failed'));
});
