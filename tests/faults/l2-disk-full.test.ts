/** L2: the disk is full for a while. Everything is refused by that name and at once; when there is room, all goes on by itself. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Gaiwan } from '@gaiwan/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attach } from '../support/listed-worker.ts';
import { type TestPlatform, temporaryFolder } from '../support/platform.ts';
import { freshKey } from '../support/three-banks.ts';
import { listed, startWithListed, Writer, writing } from '../support/writing-worker.ts';

/** Only root may mount one. */
function mountSmallDisk(path: string): void {
  mkdirSync(path, { mode: 0o700 });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m,mode=700', 'tmpfs', path], { stdio: 'ignore' });
}

function canMount(): boolean {
  const folder = join(temporaryFolder(), 'disk');
  try {
    mountSmallDisk(folder);
    execFileSync('umount', [folder]);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(join(folder, '..'), { recursive: true, force: true });
  }
}
const able = canMount();
if (!able) console.warn('SKIPPED: a small disk wants the right to mount.');

describe.skipIf(!able)('L2: a disk that is full', () => {
  let platform: TestPlatform;
  let ann: Writer;
  let admin: Gaiwan;
  const data = () => join(platform.folder, 'data');
  const filler = () => join(data(), 'filler');
  beforeAll(async () => {
    platform = await startWithListed({ prepare: mountSmallDisk }, ['--storage', 'reserve-bytes=0']);
    ann = await Writer.arrive(platform, 'ann');
    admin = await platform.admin();
  });
  afterAll(async () => {
    await platform.kill('SIGTERM');
    execFileSync('umount', ['-l', data()]);
    await platform.stop();
  });

  /** But for so many bytes. */
  function fill(left = 0): void {
    const file = openSync(filler(), 'w');
    const block = Buffer.alloc(4096);
    const room = () => {
      const { bavail, bsize } = statfsSync(data());
      return bavail * bsize;
    };
    while (room() >= left + block.length) writeSync(file, block);
    closeSync(file);
  }
  const makeRoom = () => rmSync(filler());
  /** The database's own log has room in it, which it uses up first. */
  async function fillToTheBrim(): Promise<void> {
    fill();
    let refused: unknown;
    for (let count = 0; refused === undefined; count++)
      await admin.functions
        .register({
          name: `f${count}`,
          executorType: 'builtin',
          public: false,
          payload: Buffer.alloc(100_000),
        })
        .catch((error: unknown) => {
          refused = error;
        });
    expect(refused).toMatchObject({ code: 'disk-full' });
  }

  it('keeps neither leases nor results from their tasks for longer than it is full', async () => {
    let begun = 0;
    const mayEnd = Promise.withResolvers<void>();
    const executor = writing(() => {
      begun++;
      return mayEnd.promise;
    });
    await attach(platform, listed, executor);
    const { tasks } = ann.client;
    const ids: string[] = [];
    for (let count = 0; count < 4; count++) ids.push(await ann.task('text'));
    for (const id of ids) await tasks.invoke(id);
    // Two run; the leases of the two others are still to be written.
    await expect.poll(() => begun).toBe(2);
    await fillToTheBrim();
    mayEnd.resolve();
    // The results have come, and were not stored.
    await expect.poll(() => platform.complaint).toContain('no space left for the store');
    makeRoom();
    for (const id of ids) expect(Buffer.from((await tasks.result(id)).returnValue).toString()).toBe('text');
    // Each once, and none was given up.
    expect(begun).toBe(4);
  });

  it('refuses a file at once, by that name, and takes it when there is room', async () => {
    const path = join(platform.folder, 'large');
    writeFileSync(path, Buffer.alloc(5 << 20));
    const key = freshKey('teaclave-file-128');
    const upload = () => ann.client.data.encryptAndUpload({ path, name: 'large.enc', key });
    fill(1 << 20);
    await expect(upload()).rejects.toMatchObject({ code: 'disk-full' });
    rmSync(filler());
    await fillToTheBrim();
    await expect(upload()).rejects.toMatchObject({ code: 'disk-full' });
    makeRoom();
    await upload();
  });
});
