/** L7: an older store beside newer blobs deleted them; a newer store beside older blobs broke connections instead of saying so. */
import { cpSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Gaiwan } from '@gaiwan/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blobFile } from '../support/damage.ts';
import { NO_WORKER, TestPlatform } from '../support/platform.ts';
import { freshKey } from '../support/three-banks.ts';

let platform: TestPlatform;
beforeAll(async () => {
  platform = await TestPlatform.start(NO_WORKER);
});
afterAll(() => platform.stop());

const at = (...names: string[]) => join(platform.folder, ...names);

async function upload(client: Gaiwan, content: string) {
  writeFileSync(at('plain'), content);
  const key = freshKey('aes-gcm-256');
  return { key, ...(await client.data.encryptAndUpload({ path: at('plain'), name: 'x', key })) };
}

async function download(
  client: Gaiwan,
  { dataId, key }: Awaited<ReturnType<typeof upload>>,
): Promise<string> {
  await client.data.download(dataId, at('back'), key);
  return readFileSync(at('back'), 'utf8');
}

describe('a platform over an older store', () => {
  it('sets newer blobs aside, says so, and has them again with the newer store', async () => {
    (await platform.user('anna')).close();
    const [store, older, newer] = [at('data', 'store'), at('older-store'), at('newer-store')];
    await platform.kill('SIGTERM');
    cpSync(store, older, { recursive: true });
    await platform.boot();
    const anna = await platform.connect('anna');
    const file = await upload(anna, 'newer than the copy');
    anna.close();
    await platform.kill('SIGTERM');
    renameSync(store, newer);
    renameSync(older, store);
    await platform.boot();
    expect(platform.setAside).toMatchObject({ files: 1 });
    expect(platform.aside).toMatchObject({ files: 1, folder: at('data', 'blobs-set-aside') });
    expect(platform.aside?.bytes).toBeGreaterThan(0);
    const { folder = '' } = platform.setAside ?? {};
    expect(readdirSync(folder)).toEqual([blobFile(platform.folder, file.url).split('/').at(-1)]);
    expect(readdirSync(at('data', 'blobs'))).toEqual([]);
    await platform.kill('SIGTERM');
    rmSync(store, { recursive: true });
    renameSync(newer, store);
    cpSync(folder, at('data', 'blobs'), { recursive: true });
    await platform.boot();
    expect(platform.setAside).toBeUndefined();
    // It is told of for as long as it is there.
    expect(platform.aside).toMatchObject({ files: 1 });
    expect(await download(await platform.connect('anna'), file)).toBe('newer than the copy');
  });

  it('without the blobs says blob-missing, to whoever downloads and to whoever registers', async () => {
    const ben = await platform.user('ben');
    const file = await upload(ben, 'gone');
    rmSync(blobFile(platform.folder, file.url));
    await expect(download(ben, file)).rejects.toMatchObject({ code: 'blob-missing' });
    const again = { url: file.url, tag: file.tag, key: file.key };
    await expect(ben.data.registerInput(again)).rejects.toMatchObject({ code: 'blob-missing' });
  });
});
