/** Whatever keeps a worker from running: another is started, later and later, until there is one. */
import type { ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { limits } from '../limits.ts';
import type { WorkerSettings } from './worker-main.ts';
import { WorkerProcesses } from './worker-processes.ts';

const FIRST = limits.workerRestart.value;
const LONGEST = limits.workerRestartLongest.value;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Only what is asked of one here. */
function child(pid: number | undefined): ChildProcess {
  const stdin = new PassThrough();
  const one = Object.assign(new EventEmitter(), { pid, stdin, kill: () => true });
  stdin.once('finish', () => one.emit('exit', 0, null));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a double
  return one as unknown as ChildProcess;
}

/** As Node has it for EMFILE, EAGAIN and ENOENT: an 'error', and neither a number nor an 'exit'. */
function unstarted(code: string): ChildProcess {
  const one = child(undefined);
  queueMicrotask(() => one.emit('error', Object.assign(new Error(`spawn ${code}`), { code })));
  return one;
}

const systemError = (code: string) => Object.assign(new Error(`spawn ${code}`), { code });

async function opened(start: () => ChildProcess) {
  const reported: unknown[] = [];
  const spawned = vi.fn(start);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a double
  const settings = [{ id: 'w' } as WorkerSettings];
  const workers = new WorkerProcesses(settings, {
    report: (error) => reported.push(error),
    ended: () => undefined,
    start: spawned,
  });
  await vi.advanceTimersByTimeAsync(0);
  return { workers, spawned, reported };
}

describe.each([
  ['that Node tells of later (EMFILE)', () => unstarted('EMFILE')],
  ['that Node tells of later (EAGAIN)', () => unstarted('EAGAIN')],
  [
    'that Node throws (ENOMEM)',
    (): ChildProcess => {
      throw systemError('ENOMEM');
    },
  ],
])('a worker that cannot be started, %s', (_what, fails) => {
  it('is tried again, later and later, until it runs', async () => {
    let works = false;
    const { workers, spawned, reported } = await opened(() => (works ? child(7) : fails()));
    expect(workers.pids).toEqual([]);
    let wait: number = FIRST;
    for (let tries = 1; tries < 12; tries++) {
      expect(spawned).toHaveBeenCalledTimes(tries);
      await vi.advanceTimersByTimeAsync(wait - 1);
      expect(spawned).toHaveBeenCalledTimes(tries);
      await vi.advanceTimersByTimeAsync(1);
      wait = Math.min(2 * wait, LONGEST);
    }
    expect(reported).toHaveLength(12);
    works = true;
    await vi.advanceTimersByTimeAsync(LONGEST);
    expect(workers.pids).toEqual([7]);
    expect(reported).toHaveLength(12);
    await workers.close();
  });

  it('keeps no stop waiting, and is not tried after it', async () => {
    const { workers, spawned } = await opened(fails);
    await workers.close();
    await vi.advanceTimersByTimeAsync(10 * LONGEST);
    expect(spawned).toHaveBeenCalledOnce();
  });
});

it('a worker that dies is started again, soon if it was healthy', async () => {
  const children: ChildProcess[] = [];
  const { workers, spawned } = await opened(() => {
    const one = child(children.length + 1);
    children.push(one);
    return one;
  });
  children[0]?.emit('exit', null, 'SIGKILL');
  expect(workers.pids).toEqual([]);
  await vi.advanceTimersByTimeAsync(FIRST);
  expect(workers.pids).toEqual([2]);
  children[1]?.emit('exit', 1, null);
  await vi.advanceTimersByTimeAsync(FIRST);
  expect(spawned).toHaveBeenCalledTimes(2);
  await vi.advanceTimersByTimeAsync(FIRST);
  expect(spawned).toHaveBeenCalledTimes(3);
  await vi.advanceTimersByTimeAsync(limits.workerHealthy.value + 1);
  children[2]?.emit('exit', 1, null);
  await vi.advanceTimersByTimeAsync(FIRST);
  expect(workers.pids).toEqual([4]);
  await workers.close();
});
