import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

it('a process that exits in the middle of an encryption leaves no file behind', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gaiwan-files-'));
  const module = new URL('./index.ts', import.meta.url).href;
  writeFileSync(join(folder, 'plain'), Buffer.alloc(3 << 20));
  writeFileSync(
    join(folder, 'run.ts'),
    `import { readdirSync } from 'node:fs';
     import { encryptFile } from ${JSON.stringify(module)};
     const key = { scheme: 'aes-gcm-128', key: new Uint8Array(16), iv: new Uint8Array(12) };
     await encryptFile('plain', 'out', { key, onProgress: () => {
       console.log(readdirSync('.').filter((name) => name.endsWith('.partial')).length);
       process.exit(9);
     } });`,
  );
  const [code, output] = await new Promise<[unknown, string]>((resolve) => {
    execFile(process.execPath, ['run.ts'], { cwd: folder }, (error, stdout) =>
      resolve([error?.code, stdout]),
    );
  });
  expect([code, output]).toEqual([9, '1\n']);
  expect(readdirSync(folder).sort()).toEqual(['plain', 'run.ts']);
  rmSync(folder, { recursive: true });
});
