import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type UploadSource, withSource } from './source.ts';

it('what is uploaded can be read again from any offset, a file and a pipe alike', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gaiwan-source-'));
  const content = randomBytes(200_000);
  const read = async (source: UploadSource) => {
    expect(source.size).toBe(content.length);
    for (const offset of [0, 150_000, content.length]) {
      const parts: Buffer[] = [];
      for await (const chunk of source.open(offset)) parts.push(Buffer.from(chunk));
      expect(Buffer.concat(parts).equals(content.subarray(offset))).toBe(true);
    }
  };
  try {
    const [file, pipe] = [join(folder, 'file'), join(folder, 'pipe')];
    writeFileSync(file, content);
    await withSource(file, read);
    execFileSync('mkfifo', [pipe]);
    const writing = writeFile(pipe, content);
    await withSource(pipe, read);
    await writing;
    await expect(withSource(folder, read)).rejects.toMatchObject({
      code: 'io',
      message: `Cannot read ${folder} (EISDIR).`,
    });
    await expect(withSource(join(folder, 'gone'), read)).rejects.toMatchObject({ code: 'io' });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
