/** A start that fails half-way, and a stop, leave nothing open: the process ends by itself. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createSimulation } from '@gaiwan/enclave';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from './support/platform.ts';

const script = fileURLToPath(new URL('support/start-once.ts', import.meta.url));
const program = fileURLToPath(new URL('../packages/cli', import.meta.url));
let folder: string;
let machine: object;
let taken: Server;
let busy: number;

beforeAll(async () => {
  folder = temporaryFolder();
  const simulation = join(folder, 'machine');
  await createSimulation(simulation, { fault: 'none', now: Date.now() });
  machine = { tee: 'simulation', simulation };
  taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  busy = (taken.address() as { port: number }).port;
});
afterAll(() => {
  taken.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Its line, once the process has ended by itself. */
async function startOnce(service: string, options: object): Promise<unknown> {
  const given = JSON.stringify({ program, machine, ...options });
  const child = spawn(process.execPath, ['--no-warnings', '--disable-sigusr1', script, service, given], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {},
  });
  let [output, complaint] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  expect([code, signal], complaint).toEqual([0, null]);
  return JSON.parse(output);
}

/** Worker processes and sockets of a platform would be found here. */
const left = (data: string) => (existsSync(data) ? readdirSync(data).sort() : []);

describe('a platform', () => {
  const ports = { authPort: 0, frontendPort: 0, workers: 1 };

  it('whose last port is taken leaves nothing open, and no folder', async () => {
    const data = join(folder, 'a');
    expect(await startOnce('platform', { ...ports, data, frontendPort: busy })).toEqual({
      code: 'port-in-use',
    });
    expect(existsSync(data)).toBe(false);
  });

  it('in a folder that was there leaves that, without what only a running one has', async () => {
    const data = join(folder, 'b');
    mkdirSync(data);
    expect(await startOnce('platform', { ...ports, data, authPort: busy })).toEqual({ code: 'port-in-use' });
    expect(left(data)).toEqual(['blobs', 'measured.json', 'root.sealed', 'store']);
  });

  it('that is closed has nothing open', async () => {
    const data = join(folder, 'd');
    expect(await startOnce('platform', { ...ports, data })).toEqual({ closed: true });
    expect(left(data)).toEqual(['blobs', 'measured.json', 'root.sealed', 'store']);
  });
});

describe('one service alone', () => {
  const attestation = { version: '1', policy: { anyMeasurement: true } };

  it.each([
    ['attestation', attestation],
    ['storage', { peers: { policies: [{ anyMeasurement: true }] } }],
  ])('(%s) whose port is taken leaves nothing open', async (service, options) => {
    const data = join(folder, `${service}-a`);
    expect(await startOnce(service, { ...options, data, port: busy })).toEqual({ code: 'port-in-use' });
  });

  it.each([
    ['attestation', attestation],
    ['authentication', {}],
  ])('(%s) that is closed has nothing open', async (service, options) => {
    const data = join(folder, `${service}-b`);
    expect(await startOnce(service, { ...options, data, port: 0 })).toEqual({ closed: true });
  });
});
