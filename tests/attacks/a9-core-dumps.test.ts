/** A9: a core dump of a platform would bring the administrator's password to the disk that must not read it. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createSimulation } from '@gaiwan/enclave';
import { which } from '@gaiwan/executors';
import { describe, expect, it, onTestFinished } from 'vitest';
import { gaiwanBin, temporaryFolder } from '../support/platform.ts';

const linux = process.platform === 'linux';
if (!linux) console.warn('SKIPPED: core dumps are ruled out through /proc, on Linux.');
const GROUP = 60_000;
const AS_GROUP = [`--regid=${GROUP}`, '--clear-groups'];
const setpriv = which('setpriv') ?? '';
const asGroup = linux && process.getuid?.() === 0 && spawnSync(setpriv, [...AS_GROUP, 'true']).status === 0;
if (linux && !asGroup) console.warn('SKIPPED: whether a process is dumpable is seen by root with setpriv.');

/** Of any process. */
const coreLimit = (pid: number) =>
  /^Max core file size +(\S+) +(\S+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'latin1'))?.slice(1);
const filter = (pid: number) => Number.parseInt(readFileSync(`/proc/${pid}/coredump_filter`, 'latin1'), 16);

const childrenOf = (pid: number) =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim().split(' ').map(Number);

/** 1 stops dumps that are piped to a program, too, and 0 all others. */
const piped = linux && readFileSync('/proc/sys/kernel/core_pattern', 'latin1').startsWith('|');
const none = piped ? ['1', '1'] : ['0', '0'];

/** A service in a shell that allows core dumps of any size. */
async function startUnlimited(args: readonly string[], prefix: readonly string[] = []) {
  const folder = temporaryFolder();
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const machine = join(folder, 'machine');
  await createSimulation(machine, { now: Date.now() });
  const of = ['--tee', 'simulation', '--simulation', machine, '--data', join(folder, 'data'), '--json'];
  const command = [...prefix, process.execPath, gaiwanBin, ...args, ...of];
  const child = spawn('/bin/sh', ['-c', 'ulimit -c unlimited; exec "$@"', 'sh', ...command], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, GAIWAN_ADMIN_PASSWORD: 'a test password' },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return { child, folder, pid: child.pid ?? -1 };
}

describe.skipIf(!linux)('no core dump', () => {
  it('of a platform or its workers has memory, whatever limit they were started with', async () => {
    const { child, folder, pid } = await startUnlimited([
      'serve',
      '--auth-port',
      '0',
      '--frontend-port',
      '0',
    ]);
    const all = [pid, ...childrenOf(pid)];
    expect(all.length).toBeGreaterThan(1);
    // A worker is still starting when its platform is ready.
    for (const one of all) await expect.poll(() => [coreLimit(one), filter(one)]).toEqual([none, 0]);
    const gone = once(child, 'exit');
    child.kill('SIGABRT');
    expect((await gone)[1]).toBe('SIGABRT');
    expect(readdirSync(folder).filter((name) => name.startsWith('core'))).toEqual([]);
  });

  it.each(['service authentication', 'attestation-service'])('of %s either', async (service) => {
    const { pid } = await startUnlimited([...service.split(' '), '--port', '0']);
    expect([coreLimit(pid), filter(pid)]).toEqual([none, 0]);
  });

  it.skipIf(!asGroup)('and nobody but root attaches to what root started', async () => {
    // The files of a process are of its group; those of one that is not dumpable are root's.
    const groupOf = (pid: number) => statSync(`/proc/${pid}/status`).gid;
    const plain = spawn(setpriv, [...AS_GROUP, 'sleep', '600'], { stdio: 'ignore' });
    onTestFinished(() => void plain.kill('SIGKILL'));
    await expect.poll(() => groupOf(plain.pid ?? -1)).toBe(GROUP);
    const { pid } = await startUnlimited(
      ['serve', '--auth-port', '0', '--frontend-port', '0'],
      [setpriv, ...AS_GROUP],
    );
    expect(groupOf(pid)).toBe(0);
    for (const worker of childrenOf(pid)) await expect.poll(() => groupOf(worker)).toBe(0);
  });
});
