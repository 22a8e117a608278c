import { AbilityState, type ExecutionRequest, type Executor } from '@gaiwan/executors';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { limits } from '../../limits.ts';
import { LazyExecutor, type LazyOptions } from './lazy-executor.ts';

const RETRY = limits.executorRetry.value;
const LONGEST = limits.executorRetryLongest.value;

const request = {} as ExecutionRequest;
const inner = () => ({
  name: 'inner',
  layers: ['process'],
  pairs: ['a/b'],
  slots: 1,
  run: vi.fn<Executor['run']>(() => Promise.resolve({ returnValue: new Uint8Array(), log: [], outputs: {} })),
  close: vi.fn<Executor['close']>(() => Promise.resolve()),
});
type Options = Partial<LazyOptions>;
const opened: LazyExecutor[] = [];

function lazy(open: () => Promise<Executor>, more: Options = {}) {
  const troubles: unknown[] = [];
  const executor = new LazyExecutor({
    name: 'python',
    pairs: ['a/b'],
    slots: 1,
    tryLayers: () => Promise.resolve(['process']),
    open,
    ahead: false,
    onTrouble: (error) => troubles.push(error),
    ...more,
  });
  opened.push(executor);
  const seen: string[] = [];
  executor.watchAbility(() => seen.push(executor.ability));
  return { executor, troubles, seen };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(async () => {
  vi.useRealTimers();
  for (const one of opened.splice(0)) await one.close();
});

describe('an executor that is made by its first task', () => {
  it('is able once its layers were tried, is made once, and says what it is from then on', async () => {
    const made = inner();
    const open = vi.fn(() => Promise.resolve<Executor>(made));
    const { executor, seen } = lazy(open);
    expect([executor.name, executor.layers, executor.ability]).toEqual(['python', [], 'coming']);
    await executor.start();
    expect([executor.layers, seen]).toEqual([['process'], ['able']]);
    expect(open).not.toHaveBeenCalled();
    await Promise.all([executor.run(request), executor.run(request)]);
    expect(open).toHaveBeenCalledOnce();
    expect(made.run).toHaveBeenCalledTimes(2);
    expect([executor.name, executor.layers, seen]).toEqual(['inner', ['process'], ['able']]);
    await executor.close();
    expect(made.close).toHaveBeenCalledOnce();
  });

  it('where it cannot be made lets the task go elsewhere, and is able again once it could be made', async () => {
    const open = vi.fn<() => Promise<Executor>>();
    open.mockRejectedValueOnce(new Error('no memory')).mockRejectedValueOnce(new Error('still none'));
    open.mockResolvedValue(inner());
    const { executor, troubles, seen } = lazy(open);
    await executor.start();
    const failing = [executor.run(request), executor.run(request)];
    for (const one of await Promise.allSettled(failing))
      expect(one).toMatchObject({
        reason: { name: 'HostFault', code: 'not-started', message: 'python cannot be started: no memory' },
      });
    expect([troubles, seen]).toEqual([[new Error('no memory')], ['able', 'unable']]);
    await vi.advanceTimersByTimeAsync(RETRY);
    expect([open.mock.calls.length, executor.ability]).toEqual([2, 'unable']);
    await vi.advanceTimersByTimeAsync(2 * RETRY - 1);
    expect(open).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(1);
    expect([open.mock.calls.length, seen]).toEqual([3, ['able', 'unable', 'able']]);
    await executor.run(request);
  });

  it('lets a cancelled task go while it is being made', async () => {
    const coming = Promise.withResolvers<Executor>();
    const made = inner();
    const { executor } = lazy(() => coming.promise);
    const abort = new AbortController();
    const running = executor.run({ ...request, signal: abort.signal });
    abort.abort();
    await expect(running).rejects.toMatchObject({ code: 'canceled' });
    await expect(executor.run({ ...request, signal: abort.signal })).rejects.toMatchObject({
      code: 'canceled',
    });
    coming.resolve(made);
    await executor.run(request);
    expect(made.run).toHaveBeenCalledOnce();
  });

  it('that nobody used has nothing to close', async () => {
    const open = vi.fn<() => Promise<Executor>>();
    await lazy(open).executor.close();
    expect(open).not.toHaveBeenCalled();
  });
});

describe('an executor that is made ahead of tasks', () => {
  it('is as able as what was made says', async () => {
    const started = new AbilityState('coming');
    const made: Executor = {
      ...inner(),
      get ability() {
        return started.now;
      },
      watchAbility: (listener) => started.watch(listener),
    };
    const { executor, seen } = lazy(() => Promise.resolve(made), { ahead: true });
    await executor.start();
    expect(executor.ability).toBe('coming');
    for (const next of ['able', 'unable', 'able'] as const) started.set(next);
    expect(seen).toEqual(['able', 'unable', 'able']);
  });

  it('whose layers are missing is tried again, less and less often, and not after its end', async () => {
    const tryLayers = vi.fn(() => Promise.reject(new Error('no bubblewrap')));
    const { executor, seen } = lazy(() => Promise.resolve(inner()), { ahead: true, tryLayers });
    await executor.start();
    expect(seen).toEqual(['unable']);
    await vi.advanceTimersByTimeAsync(10 * LONGEST);
    const tries = tryLayers.mock.calls.length;
    expect(tries).toBeGreaterThan(10);
    expect(tries).toBeLessThan(30);
    await executor.close();
    await vi.advanceTimersByTimeAsync(10 * LONGEST);
    expect(tryLayers).toHaveBeenCalledTimes(tries);
  });
});
