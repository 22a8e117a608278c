import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  statfsSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gaiwanBin, TestPlatform } from './support/platform.ts';

const GIB = 2 ** 30;
/** More than a process may take, in any case. */
const SIZE = Number(process.env['GAIWAN_TEST_BIG_FILE']);
/** Of a command: 300 MB. */
const LIMIT_MIB = 300e6 / 2 ** 20;
/**
 * What the platform's processes may take beyond what they had before, far less than the file: how much garbage they leave for a while depends on what else
 * the machine does.
 */
const GROWTH_MIB = 128;

const space = statfsSync(tmpdir());
const enough = space.bavail * space.bsize > 5 * SIZE;

let platform: TestPlatform;
let processes: Readonly<Record<'platform' | 'worker', number>>;
let before: Readonly<Record<'platform' | 'worker', number>>;
let sha256: string;
const plain = () => join(platform.folder, 'plain');
beforeAll(async () => {
  platform = await TestPlatform.start();
  processes = { platform: platform.pid, worker: platform.workers()[0] ?? -1 };
  before = { platform: peak(processes.platform), worker: peak(processes.worker) };
  if (!enough) return;
  sha256 = makeFile(plain());
  const { authentication, frontend, machine, policy } = platform;
  const at = ['--authentication', authentication, '--frontend', frontend];
  await gaiwan(['login', ...at, '--simulation', machine, '--policy', policy, '--user', 'admin']);
});
afterAll(async () => platform.stop());

function makeFile(path: string): string {
  const chunk = randomBytes(2 ** 20);
  const hash = createHash('sha256');
  const file = openSync(path, 'w', 0o600);
  for (let written = 0; written < SIZE; written += chunk.length) {
    chunk.writeDoubleLE(written, 0);
    writeSync(file, chunk);
    hash.update(chunk);
  }
  closeSync(file);
  return hash.digest('hex');
}

function hashFile(path: string): string {
  const hash = createHash('sha256');
  const file = openSync(path, 'r');
  const buffer = Buffer.alloc(2 ** 20);
  expect(fstatSync(file).size).toBe(SIZE);
  for (let n = readSync(file, buffer); n > 0; n = readSync(file, buffer)) hash.update(buffer.subarray(0, n));
  closeSync(file);
  return hash.digest('hex');
}

/** Peak resident memory in MiB so far (Linux). */
function peak(pid: number): number {
  const line = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1] ?? Number.NaN) / 1024;
}

/** Runs a command and says how much memory it took at its peak. */
async function gaiwan(args: readonly string[]): Promise<{ peak: number; out: string }> {
  const child: ChildProcess = spawn(process.execPath, [gaiwanBin, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, GAIWAN_HOME: platform.folder, GAIWAN_PASSWORD: 'a test password' },
  });
  let out = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  let highest = 0;
  // oxlint-disable-next-line tests/no-sleep -- looks from time to time
  const timer = setInterval(() => {
    try {
      highest = Math.max(highest, peak(child.pid as number) || 0);
    } catch {
      // It has just ended.
    }
  }, 50);
  const code = await new Promise((resolve) => child.once('exit', resolve));
  clearInterval(timer);
  expect(code, args.join(' ')).toBe(0);
  return { peak: highest, out };
}

describe.skipIf(!enough)(`a file of ${(SIZE / GIB).toFixed(1)} GiB (skipped: not enough disk)`, () => {
  it.each(['aes-gcm-256', 'teaclave-file-128'] as const)(
    'goes up and comes back in constant memory (%s)',
    async (scheme) => {
      const { folder } = platform;
      const [back, keyFile] = [join(folder, `back-${scheme}`), join(folder, `key-${scheme}`)];
      writeFileSync(keyFile, randomBytes(scheme === 'aes-gcm-256' ? 32 : 16).toString('hex'), {
        mode: 0o600,
      });
      const peaks: Record<string, number> = {};

      const iv = scheme === 'teaclave-file-128' ? [] : ['--iv', randomBytes(12).toString('hex')];
      const up = await gaiwan([
        'data',
        'upload',
        '--scheme',
        scheme,
        '--key-file',
        keyFile,
        ...iv,
        '--name',
        'plain',
        '--in',
        plain(),
        '--json',
      ]);
      peaks['encrypt and upload'] = up.peak;
      const { dataId } = JSON.parse(up.out) as { dataId: string };
      const down = await gaiwan(['data', 'download', dataId, '--key-file', keyFile, ...iv, '--out', back]);
      peaks['download and decrypt'] = down.peak;
      const growth = {
        platform: peak(processes.platform) - before.platform,
        worker: peak(processes.worker) - before.worker,
      };

      console.log(
        `${scheme}, ${(SIZE / GIB).toFixed(1)} GiB: peak memory in MiB:`,
        peaks,
        'before, and growth:',
        before,
        growth,
      );
      expect(hashFile(back)).toBe(sha256);
      for (const [who, mib] of Object.entries(peaks)) expect(mib, who).toBeLessThan(LIMIT_MIB);
      for (const [who, mib] of Object.entries(growth)) expect(mib, who).toBeLessThan(GROWTH_MIB);
    },
  );
});
