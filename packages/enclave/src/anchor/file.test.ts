import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anchorContract } from '../testing/anchor-contract.ts';
import { type AnchoredState, decodeState, encodeState } from './anchor.ts';
import { fileAnchor } from './file.ts';

let folder: string;
let count = 0;
const fresh = () => join(folder, `anchor-${++count}`);
const state = (commits: number): AnchoredState => ({ epoch: 1, commits, digest: new Uint8Array(32) });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gaiwan-anchor-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

anchorContract({ describe, it }, 'a folder', async () => {
  const path = fresh();
  return {
    open: async () => fileAnchor(path),
    dispose: () => rm(path, { recursive: true, force: true }),
  };
});

describe('a folder', () => {
  it('refuses one of two processes that advance from the same state', async () => {
    const path = fresh();
    const [one, other] = [fileAnchor(path), fileAnchor(path)];
    await one.advance(undefined, state(1));
    const both = await Promise.allSettled([
      one.advance(state(1), state(2)),
      other.advance(state(1), state(3)),
    ]);
    const refused = both.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    expect(refused).toEqual([expect.objectContaining({ code: 'moved' })]);
  });

  it('keeps one file, and removes what a crash left', async () => {
    const path = fresh();
    await mkdir(path);
    await writeFile(join(path, `anchor-${'0'.repeat(16)}.tmp`), 'cut off');
    const anchor = fileAnchor(path);
    await anchor.advance(undefined, state(1));
    await anchor.advance(state(1), state(2));
    expect(await readdir(path)).toEqual(['anchor-2']);
  });

  it('numbers its files as far as numbers go, and refuses what goes further or never stops moving', async () => {
    const path = fresh();
    await mkdir(path);
    await writeFile(join(path, `anchor-${10 ** 15 - 1}`), encodeState(state(1)));
    // More digits than a number counts exactly: not one of ours.
    await writeFile(join(path, `anchor-${'9'.repeat(16)}`), encodeState(state(2)));
    const anchor = fileAnchor(path);
    expect(await anchor.read()).toEqual(state(1));
    await expect(anchor.advance(state(1), state(3))).rejects.toMatchObject({ code: 'unreadable' });
    const other = fresh();
    await mkdir(other);
    // Listed, and never there to be read.
    await symlink('nothing', join(other, 'anchor-1'));
    await expect(fileAnchor(other).read()).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('reads no more of its file than a state has, whatever is there', async () => {
    const path = fresh();
    const anchor = fileAnchor(path);
    await anchor.advance(undefined, state(1));
    const file = join(path, 'anchor-1');
    // The state, and zeros that no memory takes.
    await truncate(file, 2 ** 40);
    await expect(anchor.read()).rejects.toMatchObject({ code: 'unreadable' });
    await rm(file);
    await symlink('/dev/zero', file);
    await expect(anchor.read()).rejects.toMatchObject({ code: 'unreadable' });
    await rm(file);
    execFileSync('mkfifo', [file]);
    await expect(anchor.read()).rejects.toMatchObject({ code: 'unreadable' });
  });

  it('is unreadable where its file was cut, and unavailable where it is no folder', async () => {
    const path = fresh();
    const anchor = fileAnchor(path);
    await anchor.advance(undefined, state(1));
    await truncate(join(path, 'anchor-1'), 20);
    await expect(anchor.read()).rejects.toMatchObject({
      code: 'unreadable',
      message: expect.stringContaining(path),
    });
    const file = fresh();
    await writeFile(file, '');
    await expect(fileAnchor(file).read()).rejects.toMatchObject({ code: 'unavailable' });
  });
});

it('an anchored state is read from exactly the bytes that it makes', () => {
  const any = fc.record({
    epoch: fc.integer({ min: 1 }),
    commits: fc.maxSafeNat(),
    digest: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  });
  fc.assert(
    fc.property(any, (given) => {
      expect(decodeState(encodeState(given))).toEqual(given);
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      try {
        expect([...encodeState(decodeState(bytes))]).toEqual([...bytes]);
      } catch (error) {
        expect(error).toMatchObject({ code: 'unreadable' });
      }
    }),
  );
});
