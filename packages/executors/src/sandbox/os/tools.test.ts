import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { which } from './tools.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gaiwan-tools-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** A folder with a program. */
function place(name: string, folderMode = 0o755, mode = 0o755): string {
  const at = join(folder, name);
  mkdirSync(at);
  writeFileSync(join(at, 'bwrap'), '#!/bin/sh\n');
  chmodSync(join(at, 'bwrap'), mode);
  chmodSync(at, folderMode);
  return at;
}

describe('programs that build the sandbox', () => {
  it('are not looked for where PATH says', () => {
    const own = place('own');
    const before = which('bwrap');
    vi.stubEnv('PATH', own);
    expect(which('bwrap')).toBe(before);
    expect(before?.startsWith(folder)).not.toBe(true);
  });

  it('are those that nobody but their owner can change or replace', () => {
    const good = place('good');
    const linked = join(folder, 'linked');
    mkdirSync(linked);
    const open = place('open', 0o777);
    symlinkSync(join(open, 'bwrap'), join(linked, 'bwrap'));
    const passedOver = [
      place('shared', 0o775),
      place('writable', 0o755, 0o757),
      place('plain', 0o755, 0o644),
    ];
    expect(which('bwrap', [open, linked, ...passedOver, good])).toBe(join(good, 'bwrap'));
    expect(which('bwrap', [open, linked, ...passedOver])).toBeUndefined();
  });
});
