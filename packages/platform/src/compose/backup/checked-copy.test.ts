import { createHash } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { copyChecked } from './checked-copy.ts';
import { backupManifest, MANIFEST, parseBackupManifest } from './manifest.ts';

let folder: string;
const from = (...names: string[]) => join(folder, 'backup', ...names);
const to = (...names: string[]) => join(folder, 'copy', ...names);
const contents = { 'blobs/b-1': 'blob', 'root.sealed': 'key', 'store/store.sqlite': 'database' };
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const listed = Object.entries(contents).map(([path, text]) => ({
  path,
  size: text.length,
  sha256: sha256(text),
}));
const list = (files: readonly object[]) =>
  writeFileSync(from(MANIFEST), JSON.stringify({ ...backupManifest(new Date(0), []), files }));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gaiwan-backup-'));
  for (const part of ['blobs', 'store']) mkdirSync(from(part), { recursive: true });
  for (const [path, text] of Object.entries(contents)) writeFileSync(from(path), text);
  list(listed);
});
afterEach(() => rmSync(folder, { recursive: true }));

function forgetStore(): void {
  rmSync(from('store/store.sqlite'));
  list(listed.slice(0, 2));
}

describe('a backup is copied', () => {
  it('where every file is as its list says', async () => {
    expect((await copyChecked(from(), to())).files).toEqual(listed);
    for (const [path, text] of Object.entries(contents)) expect(readFileSync(to(path), 'utf8')).toBe(text);
    expect(existsSync(to(MANIFEST))).toBe(false);
  });

  const damages: readonly [string, string, () => void][] = [
    ['a changed file', 'backup-changed', () => writeFileSync(from('blobs/b-1'), 'blub')],
    ['a cut file', 'backup-changed', () => writeFileSync(from('root.sealed'), 'ke')],
    ['a longer file', 'backup-changed', () => appendFileSync(from('store/store.sqlite'), '\0')],
    ['a missing file', 'backup-changed', () => rmSync(from('blobs/b-1'))],
    ['a file that is not listed', 'backup-changed', () => writeFileSync(from('blobs/b-2'), '')],
    ['a list without the store', 'backup-changed', forgetStore],
    ['no list', 'backup-unreadable', () => rmSync(from(MANIFEST))],
    ['a list of another format', 'backup-unreadable', () => writeFileSync(from(MANIFEST), '{"format":"x"}')],
    ['a path outside of it', 'backup-unreadable', () => list([...listed, { ...listed[0], path: '../x' }])],
    ['a file listed twice', 'backup-unreadable', () => list([...listed, listed[0] ?? {}])],
  ];
  it.each(damages)('and with %s is refused: %s', async (_what, code, damage) => {
    damage();
    await expect(copyChecked(from(), to())).rejects.toMatchObject({ code });
  });
});

describe('the list of a backup', () => {
  const text = JSON.stringify(backupManifest(new Date(0), listed));

  it('is read as it was written', () => {
    expect(parseBackupManifest(text)).toEqual(backupManifest(new Date(0), listed));
  });

  it('with any character changed names no other file than of a backup', () => {
    const place = fc.nat({ max: text.length - 1 });
    fc.assert(
      fc.property(place, fc.string({ minLength: 1, maxLength: 3 }), (at, other) => {
        const parsed = parseBackupManifest(text.slice(0, at) + other + text.slice(at + 1));
        for (const { path } of parsed?.files ?? [])
          expect(path).toMatch(/^(store\/store\.sqlite|root\.sealed[.a-z0-9]*|blobs\/[0-9A-Za-z][\w.-]*)$/);
      }),
      { numRuns: 2000 },
    );
  });
});
