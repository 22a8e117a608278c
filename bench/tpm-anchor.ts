/**
 * How long an anchor in a TPM takes: to begin, to advance, to be taken over, to be read. Of swtpm (/usr/bin/swtpm), unless a device is named:
 * `node bench/tpm-anchor.ts /dev/tpmrm0`, which writes into it some hundred times.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createSecretKey, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AnchoredState,
  deviceTransport,
  socketTransport,
  Tpm,
  type TpmTransport,
  tpmAnchor,
} from '@gaiwan/enclave';
import { quantile } from './stats.ts';

const ROUNDS = 200;
const OTHERS = 20;

let child: ChildProcess | undefined;
const folder = mkdtempSync(join(tmpdir(), 'gaiwan-bench-tpm-'));
const [device] = process.argv.slice(2);
const path = join(folder, 'socket');
if (device === undefined) {
  const places = ['--tpmstate', `dir=${folder}`, '--server', `type=unixio,path=${path}`];
  const args = ['socket', '--tpm2', ...places, '--flags', 'not-need-init,startup-clear'];
  child = spawn('swtpm', args, { stdio: 'inherit' });
}

let commands = 0;
async function open(): Promise<TpmTransport> {
  const transport = await (device === undefined ? socketTransport({ path }) : deviceTransport(device));
  return {
    send: (command) => {
      commands++;
      return transport.send(command);
    },
    close: () => transport.close(),
  };
}

async function waitForTpm(): Promise<void> {
  for (;;)
    try {
      await (await open()).close();
      return;
    } catch (error) {
      if (child === undefined || child.exitCode !== null) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
}

const state = (commits: number): AnchoredState => ({ epoch: 1, commits, digest: randomBytes(32) });
const times = new Map<string, number[]>();
async function timed<T>(what: string, action: () => Promise<T>): Promise<T> {
  const before = commands;
  const begin = performance.now();
  const value = await action();
  times.set(
    what,
    [...(times.get(what) ?? []), performance.now() - begin].sort((a, b) => a - b),
  );
  counts.set(what, commands - before);
  return value;
}
const counts = new Map<string, number>();

/** Where this anchor's indices are, found by what is new. */
async function indices(): Promise<number[]> {
  const tpm = new Tpm(await open());
  try {
    return await tpm.handles(0x01);
  } finally {
    await tpm.close();
  }
}

async function remove(found: readonly number[]): Promise<void> {
  const tpm = new Tpm(await open());
  try {
    for (const index of found) await tpm.nv.undefine(index);
  } finally {
    await tpm.close();
  }
}

try {
  await waitForTpm();
  const before = await indices();
  const secret = createSecretKey(randomBytes(32));
  let last = state(1);
  const anchor = tpmAnchor(open);
  anchor.unlock(secret);
  await timed('begin', () => anchor.advance(undefined, last));
  for (let round = 0; round < ROUNDS; round++) {
    const next = state(last.commits + 1);
    await timed('advance', () => anchor.advance(last, next));
    last = next;
  }
  for (let round = 0; round < OTHERS; round++) {
    const other = tpmAnchor(open);
    other.unlock(secret);
    await timed('read', () => other.read());
    const next = state(last.commits + 1);
    await timed('take over and advance', () => other.advance(last, next));
    last = next;
  }
  for (const [what, all] of times)
    console.log(
      `${what}: median ${quantile(all, 0.5).toFixed(1)} ms, 95 % within ${quantile(all, 0.95).toFixed(1)} ms, ${counts.get(what)} commands`,
    );
  await remove((await indices()).filter((index) => !before.includes(index)));
} finally {
  child?.kill();
  rmSync(folder, { recursive: true, force: true });
}
