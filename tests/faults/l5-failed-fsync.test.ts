/** L5: a disk that fails to confirm a write once. The platform ends with a code of its own instead of staying up half dead, and starts again. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { join } from 'node:path';
import type { Gaiwan } from '@gaiwan/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exitCodes } from '../../packages/cli/src/exit-codes.ts';
import { NO_WORKER, TestPlatform } from '../support/platform.ts';
import { freshKey } from '../support/three-banks.ts';

/** May this user put errors into the system calls of another process? */
function canInject(): boolean {
  const rule = ['-e', 'trace=fsync', '-e', 'inject=fsync:error=EIO', '-o', '/dev/null', 'true'];
  return spawnSync('strace', rule).status === 0;
}
const able = canInject();
if (!able) console.warn('SKIPPED: errors in system calls want strace, and the right to trace.');

describe.skipIf(!able)('L5: a platform whose disk fails to confirm a write', () => {
  let platform: TestPlatform;
  let admin: Gaiwan;
  const tracers: ChildProcess[] = [];
  beforeAll(async () => {
    platform = await TestPlatform.start(NO_WORKER);
    admin = await platform.admin();
  });
  afterAll(async () => {
    for (const tracer of tracers) tracer.kill();
    await platform.stop();
  });

  /** From now on each confirmation fails, of all threads; or each of one folder or file. */
  async function breakDisk(only: string | undefined): Promise<void> {
    const inject = 'inject=fsync,fdatasync:error=EIO';
    const args = [
      '-f',
      '-p',
      String(platform.pid),
      '-e',
      'trace=fsync,fdatasync',
      '-e',
      inject,
      '-o',
      '/dev/null',
      ...(only === undefined ? [] : ['-P', only]),
    ];
    const tracer = spawn('strace', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    tracers.push(tracer);
    await new Promise<void>((resolve, reject) => {
      let said = '';
      tracer.stderr?.on('data', (chunk) => {
        said += String(chunk);
        if (/attached/.test(said)) resolve();
      });
      tracer.once('exit', () => reject(new Error(said)));
    });
  }

  const readiness = (): Promise<unknown> =>
    new Promise((resolve, reject) => {
      get(
        `${platform.frontend}/health/ready`,
        { ca: platform.certificate, rejectUnauthorized: false },
        (answer) => {
          let body = '';
          answer.setEncoding('utf8').on('data', (chunk: string) => {
            body += chunk;
          });
          answer.on('end', () => resolve([answer.statusCode, JSON.parse(body)]));
        },
      ).on('error', reject);
    });

  it('says that it is ready while it is', async () => {
    expect(await readiness()).toEqual([200, { ready: true }]);
  });

  it.each<[string, string | undefined, () => Promise<unknown>]>([
    [
      'of the store',
      undefined,
      () =>
        admin.users.register({ id: 'lost', password: 'a test password', role: 'DataOwner', attribute: 'x' }),
    ],
    [
      'of the folder of files',
      'blobs',
      async () => {
        const path = join(platform.folder, 'plain');
        writeFileSync(path, 'text');
        await admin.data.encryptAndUpload({ path, name: 'x.enc', key: freshKey('teaclave-file-128') });
      },
    ],
  ])('(%s) ends, says why, and starts again with all that it acknowledged', async (_what, only, write) => {
    const id = `kept-${tracers.length}`;
    await admin.users.register({ id, password: 'a test password', role: 'DataOwner', attribute: id });
    const ended = platform.ended();
    await breakDisk(only && join(platform.folder, 'data', only));
    await expect(write()).rejects.toThrow();
    expect(await ended).toBe(exitCodes.diskFailed.value);
    expect(platform.complaint).toContain('data-folder-sync-failed');
    await platform.boot();
    admin = await platform.admin();
    expect(await admin.users.list('everybody')).toContain(id);
  });
});
