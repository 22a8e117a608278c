import { describe, expect, it } from 'vitest';
import { readAsset } from './assets.ts';

describe('assets of packages', () => {
  const specifier = 'jpeg-js/package.json';

  it('are read where they have the pinned hash only', async () => {
    const wrong = readAsset({ specifier, sha256: '0'.repeat(64) });
    await expect(wrong).rejects.toThrow(`${specifier} has the hash `);
    const hash = /has the hash (\w{64})/.exec(String(await wrong.catch(String)))?.[1] ?? '';
    const bytes = await readAsset({ specifier, sha256: hash });
    expect((JSON.parse(Buffer.from(bytes).toString()) as { name: string }).name).toBe('jpeg-js');
  });

  it('must be there', async () => {
    await expect(readAsset({ specifier: 'jpeg-js/none', sha256: '' })).rejects.toThrow('jpeg-js/none');
  });
});
