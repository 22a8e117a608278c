/** Who ends the process that was started ends the platform, whatever stands between: an older Node that starts the pinned one, npx and its shell. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createSimulation } from '@gaiwan/enclave';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { gaiwanBin, temporaryFolder } from '../support/platform.ts';
import { descendants, isRunning } from '../support/processes.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
/** Not what npx has put before it: that of the machine. */
const PATH = (process.env['PATH'] ?? '')
  .split(delimiter)
  .filter((folder) => !folder.includes('node_modules'))
  .join(delimiter);
const olderNode = PATH.split(delimiter)
  .map((folder) => join(folder, 'node'))
  .find((path) => existsSync(path) && versionOf(path) < 24 && versionOf(path) >= 20);
const hasNpx =
  process.platform === 'linux' && spawnSync('npx', ['--version'], { env: { PATH } }).status === 0;

function versionOf(node: string): number {
  return Number(/^v(\d+)/.exec(spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout)?.[1]);
}

const folder = temporaryFolder();
const machine = join(folder, 'machine');
beforeAll(() => createSimulation(machine, { now: Date.now() }));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What was started, once the platform is ready, and all that this has led to. */
async function served(command: string, args: readonly string[], data: string) {
  const options = ['--data', data, '--tee', 'simulation', '--simulation', machine];
  const ports = ['--auth-port', '0', '--frontend-port', '0', '--executors', 'builtin', '--json'];
  const child: ChildProcess = spawn(command, [...args, 'serve', ...options, ...ports], {
    cwd: repository,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH, HOME: process.env['HOME'] ?? '', GAIWAN_ADMIN_PASSWORD: 'a test password' },
  });
  const exited = once(child, 'exit');
  const ready = once(child.stdout as NodeJS.ReadableStream, 'data');
  expect(await Promise.race([ready, exited.then(() => 'it ended')])).not.toBe('it ended');
  const started = child.pid ?? 0;
  // The platform has a worker.
  const all = () => descendants(started);
  await expect.poll(() => all().length).toBeGreaterThan(1);
  const found = all();
  onTestFinished(() => {
    for (const pid of found) if (isRunning(pid)) process.kill(pid, 'SIGKILL');
  });
  return { child, exited, found };
}

const threads = availableParallelism() > 2 ? [] : ['--v8-pool-size=1'];

/** With what a flood of calls leaves little garbage, and takes few processors for it: see the launcher. */
function keepsMemorySmall(pid: number): boolean {
  const of = (what: string) => readFileSync(`/proc/${pid}/${what}`, 'utf8').split('\0');
  return (
    of('environ').includes('MALLOC_ARENA_MAX=1') &&
    ['--max-semi-space-size=8', '--heap-growing-percent=40', ...threads].every((option) =>
      of('cmdline').includes(option),
    )
  );
}

it.for([
  ['an older Node', 'SIGKILL', olderNode, [gaiwanBin]],
  ['npx', 'SIGKILL', hasNpx ? 'npx' : undefined, ['gaiwan']],
  ['npx', 'SIGTERM', hasNpx ? 'npx' : undefined, ['gaiwan']],
] as const)('by %s, and %s: nothing is left', async ([what, signal, command, args], { skip }) => {
  if (command === undefined) return skip('a Node from 20 to 23, or npx on Linux, is wanted');
  const data = join(folder, `${what}-${signal}`);
  const { child, exited, found } = await served(command, args, data);
  // The platform's own process is one of them.
  expect(found.some(keepsMemorySmall)).toBe(true);
  child.kill(signal);
  await exited;
  await expect.poll(() => found.filter(isRunning)).toEqual([]);
  // It ended in order: its sockets and its workers' files are gone.
  expect(['run', 'work'].filter((name) => existsSync(join(data, name)))).toEqual([]);
});
