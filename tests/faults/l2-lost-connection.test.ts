/** L2: a connection that is lost takes no result along, whichever side has said the last word. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Gaiwan } from '@gaiwan/client';
import type { Executor } from '@gaiwan/executors';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { CutProxy, type Direction } from '../support/cut-proxy.ts';
import { attach } from '../support/listed-worker.ts';
import type { TestPlatform } from '../support/platform.ts';
import { listed, startWithListed } from '../support/writing-worker.ts';

let platform: TestPlatform;
let admin: Gaiwan;
let folder: string;
let proxy: CutProxy;
beforeAll(async () => {
  platform = await startWithListed();
  admin = await platform.admin();
});
afterAll(() => platform.stop());
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gaiwan-cut-'));
  proxy = await CutProxy.listen(join(folder, 's'), join(platform.folder, 'data', 'run', 'platform'));
});
afterEach(() => {
  proxy.close();
  rmSync(folder, { recursive: true, force: true });
});

const RESULT = Buffer.alloc(200_000, 'result');

/** Swallows what a side says from the end of a run on, so that the other never hears of the result, or of its acknowledgement. */
const executor = (direction: Direction, ran: () => void): Executor => ({
  name: 'x',
  layers: [],
  pairs: ['custom:x/x'],
  slots: 1,
  run() {
    ran();
    if (vi.isMockFunction(ran) && ran.mock.calls.length === 1) proxy.swallow(direction);
    return Promise.resolve({ returnValue: RESULT, log: [], outputs: {} });
  },
  close: () => Promise.resolve(),
});

describe('L2: a result counts, although the connection was lost', () => {
  it.each<[string, Direction, number]>([
    ['before the platform has the result', 'worker', RESULT.length],
    ['before the worker knows that the platform has it', 'platform', 1],
  ])('%s', async (_when, direction, swallowed) => {
    const ran = vi.fn();
    await attach(platform, listed, executor(direction, ran), join(folder, 's'));
    const { functions, tasks } = admin;
    const functionId = await functions.register({ name: 'f', executorType: 'custom:x', public: true });
    const taskId = await tasks.create({ functionId, executor: 'x' });
    await tasks.invoke(taskId);
    await expect.poll(() => proxy.swallowed).toBeGreaterThanOrEqual(swallowed);
    proxy.cut();
    expect(Buffer.from((await tasks.result(taskId)).returnValue).equals(RESULT)).toBe(true);
    expect(ran).toHaveBeenCalledTimes(1);
    // And the worker goes on, without the result that was acknowledged.
    const another = await tasks.create({ functionId, executor: 'x' });
    await tasks.invoke(another);
    await tasks.result(another);
    expect(ran).toHaveBeenCalledTimes(2);
  });
});
