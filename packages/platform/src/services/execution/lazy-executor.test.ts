import type { ExecutionRequest, Executor } from '@gaiwan/executors';
import { describe, expect, it, vi } from 'vitest';
import { LazyExecutor } from './lazy-executor.ts';

const request = {} as ExecutionRequest;
const inner = () => ({
  name: 'inner',
  layers: ['process'],
  pairs: ['a/b'],
  slots: 1,
  run: vi.fn<Executor['run']>(() => Promise.resolve({ returnValue: new Uint8Array(), log: [], outputs: {} })),
  close: vi.fn<Executor['close']>(() => Promise.resolve()),
});
const lazy = (open: () => Promise<Executor>) =>
  new LazyExecutor({ name: 'python', pairs: ['a/b'], slots: 1, layers: [], open });

describe('an executor that is made by its first task', () => {
  it('is made once, and says what it is from then on', async () => {
    const made = inner();
    const open = vi.fn(() => Promise.resolve<Executor>(made));
    const executor = lazy(open);
    expect([executor.name, executor.layers]).toEqual(['python', []]);
    expect(open).not.toHaveBeenCalled();
    await Promise.all([executor.run(request), executor.run(request), executor.prepare()]);
    expect(open).toHaveBeenCalledOnce();
    expect(made.run).toHaveBeenCalledTimes(2);
    expect([executor.name, executor.layers]).toEqual(['inner', ['process']]);
    await executor.close();
    expect(made.close).toHaveBeenCalledOnce();
  });

  it('is tried again by the next task when it cannot be made', async () => {
    const open = vi.fn<() => Promise<Executor>>();
    open.mockRejectedValueOnce(new Error('no memory')).mockResolvedValue(inner());
    const executor = lazy(open);
    await expect(executor.run(request)).rejects.toMatchObject({
      code: 'not-available',
      message: 'python cannot be started: no memory',
    });
    await executor.run(request);
    expect(open).toHaveBeenCalledTimes(2);
  });

  it('lets a cancelled task go while it is being made', async () => {
    const coming = Promise.withResolvers<Executor>();
    const made = inner();
    const executor = lazy(() => coming.promise);
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
    await lazy(open).close();
    expect(open).not.toHaveBeenCalled();
  });
});
