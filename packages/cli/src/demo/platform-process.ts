/** A platform of our own for the length of a story: `gaiwan serve` in a temporary folder. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PROGRAM } from '../program.ts';
import { readFields } from '../project/fields.ts';

export interface Platform {
  readonly authentication: string;
  readonly frontend: string;
  readonly adminPassword: string;
  /** Stops it; resolves when the process is gone. */
  stop(): Promise<void>;
}

/** `simulation`: folder of the machine that it is to run on. */
export async function startOwnPlatform(folder: string, simulation: string): Promise<Platform> {
  const adminPassword = randomBytes(12).toString('base64url');
  const gaiwan = join(PROGRAM, 'bin/gaiwan.js');
  const ports = ['--auth-port', '0', '--frontend-port', '0'];
  const machine = ['--tee', 'simulation', '--simulation', simulation];
  const args = ['serve', '--data', folder, ...ports, ...machine, '--json'];
  const child = spawn(process.execPath, [gaiwan, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, GAIWAN_ADMIN_PASSWORD: adminPassword },
  });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async () => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await gone;
    clearTimeout(timer);
  };
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-4000);
  });
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const ready = readFields(JSON.parse(line), 'gaiwan serve');
      const [authentication, frontend] = [ready.text('authentication'), ready.text('frontend')];
      return { authentication, frontend, adminPassword, stop };
    }
    throw new Error(`the platform did not start: ${complaint.trim()}`);
  } catch (error) {
    await stop();
    throw error;
  }
}
