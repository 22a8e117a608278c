/** SIGUSR2 to each program that keeps a store: while it starts, and while it runs. */
import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { createSimulation } from '@gaiwan/enclave';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { gaiwanBin, temporaryFolder } from './support/platform.ts';

const folder = temporaryFolder();
const machine = join(folder, 'machine');
beforeAll(() => createSimulation(machine, { now: Date.now() }));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Whether a process has a handler for a signal (Linux). */
function catches(pid: number, signal: number): boolean {
  const [, mask = '0'] = /^SigCgt:\s*([0-9a-f]+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return ((BigInt(`0x${mask}`) >> BigInt(signal - 1)) & 1n) === 1n;
}

const options = {
  serve: ['--auth-port', '0', '--frontend-port', '0', '--workers', '0'],
  other: ['--port', '0'],
};

it.each([
  ['serve', ['serve', ...options.serve]],
  ['service authentication', ['service', 'authentication', ...options.other]],
  ['attestation-service', ['attestation-service', ...options.other]],
])('%s', async (name, args) => {
  const data = join(folder, name.replace(' ', '-'));
  const child = spawn(
    process.execPath,
    [gaiwanBin, ...args, '--data', data, '--tee', 'simulation', '--simulation', machine, '--json'],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, GAIWAN_ADMIN_PASSWORD: 'a test password' } },
  );
  const gone = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
  onTestFinished(() => void child.kill('SIGKILL'));
  let [out, notes] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    notes += chunk.toString();
  });
  const pid = child.pid ?? -1;
  await expect.poll(() => catches(pid, constants.signals.SIGUSR2), { interval: 2 }).toBe(true);
  expect(out).toBe('');
  child.kill('SIGUSR2');
  const rotated = () => notes.split('\n').filter((line) => line.startsWith('Keys rotated')).length;
  await expect.poll(rotated).toBe(1);
  expect(out).toContain('registers');
  const sealed = () => readFileSync(join(data, 'root.sealed')).toString('hex');
  const before = sealed();
  child.kill('SIGUSR2');
  await expect.poll(rotated).toBe(2);
  expect(sealed()).not.toBe(before);
  child.kill('SIGTERM');
  expect(await gone).toBe(0);
});
