import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checkFile, loadAddon } from './addon.ts';

const folder = mkdtempSync(join(tmpdir(), 'gaiwan-addon-'));
afterAll(() => rmSync(folder, { recursive: true }));

function pinned(
  name: string,
  content: Uint8Array,
  sha256 = createHash('sha256').update(content).digest('hex'),
) {
  const path = join(folder, name);
  writeFileSync(path, content);
  return { path, sha256 };
}

describe('native code is loaded', () => {
  it.each([0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1])(
    'only with the bytes that it must have (%d)',
    (size) => {
      const bytes = new Uint8Array(size).fill(7);
      expect(() => checkFile(pinned('file', bytes))).not.toThrow();
      expect(() => checkFile(pinned('file', Uint8Array.of(1), '0'.repeat(64)))).toThrow(/another file/);
      const { sha256 } = pinned('file', bytes);
      const changed = new Uint8Array(size + 1).fill(7);
      expect(() => checkFile(pinned('file', changed, sha256))).toThrow(/another file/);
    },
  );

  it('not at all where one of the two files is another', () => {
    const good = pinned('good', Buffer.from('no addon'));
    const bad = pinned('bad', Buffer.from('other'), good.sha256);
    expect(() => loadAddon(bad, good)).toThrow(/bad is another file/);
    expect(() => loadAddon(good, bad)).toThrow(/bad is another file/);
  });
});
