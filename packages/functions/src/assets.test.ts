import { describe, expect, it } from 'vitest';
import { readAsset } from './assets.ts';

describe('assets of packages', () => {
  const file = 'tiny_face_detector_model-weights_manifest.json';

  it('are read where they have the pinned hash only', async () => {
    const wrong = readAsset({ file, sha256: '0'.repeat(64) });
    await expect(wrong).rejects.toThrow(`${file} has the hash `);
    const hash = /has the hash (\w{64})/.exec(String(await wrong.catch(String)))?.[1] ?? '';
    const bytes = await readAsset({ file, sha256: hash });
    expect(JSON.parse(Buffer.from(bytes).toString())).toMatchObject([{ weights: expect.any(Array) }]);
  });

  it('must be there', async () => {
    await expect(readAsset({ file: 'none', sha256: '' })).rejects.toThrow('none');
  });
});
