/** A backup of a platform that goes on serving, and what is restored of it, by the commands that docs/backup.md names. */
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Gaiwan } from '@gaiwan/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gaiwan } from '../packages/cli/src/testing/run.ts';
import { NO_WORKER, TestPlatform } from './support/platform.ts';
import { freshKey } from './support/three-banks.ts';

let platform: TestPlatform;
beforeAll(async () => {
  platform = await TestPlatform.start(NO_WORKER);
});
afterAll(() => platform.stop());

const at = (...names: string[]) => join(platform.folder, ...names);
const machine = () => ['--tee', 'simulation', '--simulation', platform.machine];
const backUp = (to: string, data = at('data')) => gaiwan(['backup', at(to), '--data', data, '--json']);
const restore = (from: string, to: string, more: readonly string[] = []) =>
  gaiwan(['restore', at(from), '--data', at(to), ...machine(), '--json', ...more]);
const codeOf = ({ stderr }: { readonly stderr: string }) =>
  (JSON.parse(stderr) as { error: { code: string } }).error.code;

async function upload(client: Gaiwan, name: string) {
  const path = at(`plain-${name}`);
  writeFileSync(path, `content of ${name}`);
  const key = freshKey('aes-gcm-256');
  return { name, key, ...(await client.data.encryptAndUpload({ path, name, key })) };
}

type Uploaded = Awaited<ReturnType<typeof upload>>;

async function expectThere(client: Gaiwan, { dataId, key, name }: Uploaded): Promise<void> {
  await client.data.download(dataId, at('back'), key);
  expect(readFileSync(at('back'), 'utf8')).toBe(`content of ${name}`);
}

describe('a backup', () => {
  let anna: Gaiwan;
  const files: Uploaded[] = [];
  beforeAll(async () => {
    anna = await platform.user('anna');
    for (const name of ['one', 'two', 'three']) files.push(await upload(anna, name));
  });

  it('of a platform that serves, and whose keys rotate meanwhile, restores to all there was', async () => {
    const uploads = ['four', 'five', 'six'].map((name) => upload(anna, name));
    process.kill(platform.pid, 'SIGUSR2');
    const made = await backUp('monday');
    expect([made.code, made.stderr]).toEqual([0, '']);
    files.push(...(await Promise.all(uploads)));
    // It goes on, without a trace of the backup.
    await expectThere(anna, files[0] as Uploaded);
    await expect
      .poll(() => readdirSync(at('data')).filter((name) => name.startsWith('snapshot')))
      .toEqual([]);
    anna.close();
    const restored = await restore('monday', 'restored');
    expect([restored.code, restored.stderr]).toEqual([0, '']);
    const { blobs } = JSON.parse(restored.stdout.toString()) as { blobs: number };
    expect(blobs).toBeGreaterThanOrEqual(3);
    await platform.kill('SIGTERM');
    rmSync(at('data'), { recursive: true });
    cpSync(at('restored'), at('data'), { recursive: true });
    await platform.boot();
    anna = await platform.connect('anna');
    for (const file of files.slice(0, 3)) await expectThere(anna, file);
    const { items } = await anna.data.list();
    for (const { dataId } of items) {
      const file = files.find((one) => one.dataId === dataId);
      if (file) await expectThere(anna, file);
    }
  });

  it('of a platform that is stopped is the same; its folder is not needed to be open', async () => {
    anna.close();
    await platform.kill('SIGTERM');
    expect(await backUp('stopped')).toMatchObject({ code: 0, stderr: '' });
    // Of a restore that was killed in the middle.
    cpSync(at('stopped'), at('of-stopped.restoring-0123abcd'), { recursive: true });
    expect(await restore('stopped', 'of-stopped')).toMatchObject({ code: 0, stderr: '' });
    expect(existsSync(at('of-stopped.restoring-0123abcd'))).toBe(false);
    expect(readdirSync(at('of-stopped', 'blobs')).sort()).toEqual(readdirSync(at('data', 'blobs')).sort());
    await platform.boot();
  });

  it('goes where nothing is, and is of a data folder', async () => {
    expect(codeOf(await backUp('monday'))).toBe('backup-target');
    expect(codeOf(await backUp('nothing', at('monday-not')))).toBe('backup-failed');
    expect(existsSync(at('nothing'))).toBe(false);
    expect(existsSync(at('monday-not'))).toBe(false);
  });

  it('without a blob that its store knows is refused, and there is no data folder', async () => {
    cpSync(at('stopped'), at('damaged'), { recursive: true });
    forgetBlob(at('damaged'));
    const refused = await restore('damaged', 'never');
    expect([codeOf(refused), refused.code]).toEqual(['backup-changed', 1]);
    expect(readdirSync(platform.folder).filter((name) => name.startsWith('never'))).toEqual([]);
  });

  it('is not restored over something', async () => {
    expect(codeOf(await restore('stopped', 'data'))).toBe('backup-target');
  });

  it('opens for what it was sealed to, and for nothing else', async () => {
    const other = await restore('stopped', 'never', ['--allow-url', 'https://other.example']);
    expect(codeOf(other)).toBe('sealing-wrong-measurement');
    expect(existsSync(at('never'))).toBe(false);
  });

  function forgetBlob(folder: string): void {
    // Of a registered input: there may be one of an upload that was under way, which nobody misses.
    const path = join(folder, 'blobs', new URL(files[0]?.url ?? '').pathname.split('/')[1] ?? '');
    unlinkSync(path);
    const list = join(folder, 'backup.json');
    const manifest = JSON.parse(readFileSync(list, 'utf8')) as { files: { path: string }[] };
    const left = manifest.files.filter((file) => !path.endsWith(file.path));
    writeFileSync(list, JSON.stringify({ ...manifest, files: left }));
  }
});
