import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  createReadStream,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decryptFile, encryptFile, PendingFile } from './index.ts';

const key = { scheme: 'aes-gcm-256', key: randomBytes(32), iv: randomBytes(12) } as const;
/** Longer than a pipe holds, and than a chunk. */
const plain = randomBytes(1_300_000);
const root = process.getuid?.() === 0;
if (!root) console.warn('SKIPPED: only root can make device files');

let folder: string;
const at = (name: string) => join(folder, name);
const fifo = (name: string) => execFileSync('mkfifo', [at(name)]);
const device = (name: string, type: 'b' | 'c', ...numbers: string[]) =>
  execFileSync('mknod', [at(name), type, ...numbers]);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gaiwan-special-'));
  writeFileSync(at('plain'), plain);
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('fault 2: what is no regular file is written into, or refused', () => {
  it('a pipe gets the bytes and stays a pipe', async () => {
    fifo('pipe');
    const reader = buffer(createReadStream(at('pipe')));
    const { size } = await encryptFile(at('plain'), at('pipe'), { key });
    const got = await reader;
    expect(got.length).toBe(size);
    expect(lstatSync(at('pipe')).isFIFO()).toBe(true);
    writeFileSync(at('sealed'), got);
    await decryptFile(at('sealed'), at('back'), { key });
    expect(readFileSync(at('back')).equals(plain)).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(['back', 'pipe', 'plain', 'sealed']);
  });

  it.skipIf(!root)('a character device stays one', async () => {
    device('null', 'c', '1', '3');
    await encryptFile(at('plain'), at('null'), { key });
    expect(lstatSync(at('null')).isCharacterDevice()).toBe(true);
  });

  it.skipIf(!root)('a block device is refused', async () => {
    device('disk', 'b', '7', '250');
    await expect(encryptFile(at('plain'), at('disk'), { key })).rejects.toThrow('it is a block device');
    expect(lstatSync(at('disk')).isBlockDevice()).toBe(true);
  });

  it('folders and sockets are refused', async () => {
    mkdirSync(at('folder'));
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(at('socket'), resolve));
    try {
      for (const [name, what] of [
        ['folder', 'a folder'],
        ['socket', 'a socket'],
      ] as const)
        await expect(encryptFile(at('plain'), at(name), { key })).rejects.toMatchObject({
          code: 'io',
          message: expect.stringContaining(`it is ${what}`),
        });
      expect(readdirSync(folder).sort()).toEqual(['folder', 'plain', 'socket']);
    } finally {
      server.close();
    }
  });

  it('what takes its place while it is written is not replaced either', async () => {
    const file = await PendingFile.create(at('out'), folder);
    await file.append(Buffer.from('text'));
    fifo('out');
    const reader = buffer(createReadStream(at('out')));
    await file.release();
    expect((await reader).toString()).toBe('text');
    expect(readdirSync(folder).sort()).toEqual(['out', 'plain']);
  });
});

describe('fault 2: links', () => {
  it('are followed: what they lead to is replaced, and they stay', async () => {
    mkdirSync(at('folder'));
    writeFileSync(at('folder/file'), 'old');
    symlinkSync('folder/file', at('link'));
    await encryptFile(at('plain'), at('link'), { key });
    expect(readlinkSync(at('link'))).toBe('folder/file');
    await decryptFile(at('folder/file'), at('back'), { key });
    expect(readFileSync(at('back')).equals(plain)).toBe(true);
    expect(readdirSync(at('folder'))).toEqual(['file']);
  });

  it('that lead nowhere are refused', async () => {
    symlinkSync('gone', at('link'));
    await expect(encryptFile(at('plain'), at('link'), { key })).rejects.toMatchObject({
      code: 'io',
      message: expect.stringContaining('leads nowhere'),
    });
    expect(readdirSync(folder).sort()).toEqual(['link', 'plain']);
  });

  it('keep what they lead to where nothing authentic comes', async () => {
    writeFileSync(at('file'), 'old');
    symlinkSync('file', at('link'));
    await expect(decryptFile(at('plain'), at('link'), { key })).rejects.toMatchObject({ code: 'corrupt' });
    expect(readFileSync(at('file'), 'utf8')).toBe('old');
  });
});

it('fault 2: a pipe is read', async () => {
  fifo('pipe');
  const writing = writeFile(at('pipe'), plain);
  await encryptFile(at('pipe'), at('sealed'), { key });
  await writing;
  await decryptFile(at('sealed'), at('back'), { key });
  expect(readFileSync(at('back')).equals(plain)).toBe(true);
});
