/**
 * One bit of a byte of a small data folder is flipped, one byte after the other: what is read afterwards is what was read before, or a
 * refusal with a code. `npm test` takes a part of the bytes, with some of each page of the database; `npm run test:full` all of them.
 */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { SealingError } from '@gaiwan/enclave';
import { FilesError } from '@gaiwan/files';
import { decryptFile } from '@gaiwan/files/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rootKeyHandle } from '../../packages/store/src/key-ring.ts';
import { keysIn, readStore } from '../support/hostile/read-store.ts';
import { type SmallFolder, smallFolder } from '../support/hostile/small-folder.ts';

const STRIDE = Number(process.env['GAIWAN_FLIP_STRIDE']);
const PAGE = 4096;
const DATABASE = join('store', 'store.sqlite');

let scratch: string;
let small: SmallFolder;
beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'gaiwan-flips-'));
  mkdirSync(join(scratch, 'data'));
  small = await smallFolder(join(scratch, 'data'));
  rmSync(join(small.folder, 'plain'));
});
afterAll(() => rmSync(scratch, { recursive: true }));

/** What became of each flip, and how often. */
const counts: Record<string, Record<string, number>> = {};
function note(file: string, outcome: string): void {
  const of = counts[file] ?? {};
  of[outcome] = (of[outcome] ?? 0) + 1;
  counts[file] = of;
}

interface Flip {
  readonly offset: number;
  readonly bit: number;
}

/** Every byte, or each so many bytes, beginning elsewhere in each page; of a page's first bytes, all. Of the first page's, all bits. */
function* flipsOf(size: number): Generator<Flip> {
  for (let offset = 0; offset < size; offset++) {
    const [page, place] = [Math.floor(offset / PAGE), offset % PAGE];
    if (size > PAGE && offset < 100) for (let bit = 0; bit < 8; bit++) yield { offset, bit };
    else if (place < 12 || (place + 7 * page) % STRIDE === 0) yield { offset, bit: (offset + page) % 8 };
  }
}

function flipped(bytes: Buffer, { offset, bit }: Flip): Buffer {
  const other = Buffer.from(bytes);
  other.writeUInt8(other.readUInt8(offset) ^ (1 << bit), offset);
  return other;
}

const placeOf = ({ offset, bit }: Flip) => `byte ${offset}, bit ${bit}`;

it('the folder has the files that are tried here, and no other', () => {
  const files = readdirSync(small.folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    statSync(join(small.folder, file)).isFile(),
  );
  expect(files.sort()).toEqual([...small.blobs.map(({ file }) => file), 'root.sealed', DATABASE].sort());
});

describe('store', () => {
  let original: Buffer;
  let root: ReturnType<typeof rootKeyHandle>;
  let keys: ReturnType<typeof keysIn>;
  let before: ReturnType<typeof readStore>;
  const at = () => join(scratch, 'store.sqlite');
  const put = (bytes: Buffer) => {
    for (const suffix of ['-wal', '-shm', '-journal']) if (existsSync(at() + suffix)) rmSync(at() + suffix);
    writeFileSync(at(), bytes);
  };
  beforeAll(async () => {
    original = readFileSync(join(small.folder, DATABASE));
    const [candidate] = await small.sealedKeyAt(join(small.folder, 'root.sealed')).load({ create: false });
    root = rootKeyHandle(candidate?.bytes ?? new Uint8Array());
    put(original);
    keys = keysIn(at(), root);
    before = readStore(at(), root, keys, 0);
  });

  it('is read whole where nothing is flipped', () => {
    expect(original.length).toBeLessThan(100_000);
    expect(Object.values(before).every((answer) => answer.startsWith('='))).toBe(true);
  });

  // With every byte, each part takes two minutes.
  it.each([0, 1, 2, 3])('part %i: every row, log, queue and absence is as before, or refused', (part) => {
    const wrong: string[] = [];
    for (const flip of flipsOf(original.length)) {
      if (Math.floor((4 * flip.offset) / original.length) !== part) continue;
      put(flipped(original, flip));
      // Rows in memory, and from the disk, by turns.
      const answers = Object.entries(readStore(at(), root, keys, flip.offset % 2 === 0 ? 0 : 100));
      const others = answers.filter(([read, answer]) => answer !== before[read]);
      for (const [read, answer] of others)
        if (!/^[a-z-]+$/.test(answer)) wrong.push(`${placeOf(flip)}: ${read}: ${answer}`);
      note(
        DATABASE,
        others.length === 0 ? 'as before' : [...new Set(others.map(([, answer]) => answer))].join(', '),
      );
    }
    expect(wrong).toEqual([]);
  });
});

it('files of each scheme: the plaintext is as before, or refused', async () => {
  for (const { file, key, tag } of small.blobs) {
    const original = readFileSync(join(small.folder, file));
    const [path, out] = [join(scratch, basename(file)), join(scratch, 'out')];
    const read = async () => {
      await decryptFile(path, out, { key, tag, name: 'x' });
      return createHash('sha256').update(readFileSync(out)).digest('hex');
    };
    writeFileSync(path, original);
    const before = await read();
    for (const flip of flipsOf(original.length)) {
      writeFileSync(path, flipped(original, flip));
      const outcome = await read().catch((error: unknown) => {
        if (!(error instanceof FilesError)) throw new Error(`${file}, ${placeOf(flip)}`, { cause: error });
        return error.code;
      });
      if (/^[0-9a-f]{64}$/.test(outcome)) expect(outcome, `${file}, ${placeOf(flip)}`).toBe(before);
      note(file, outcome === before ? 'as before' : outcome);
    }
  }
});

it('the sealed key: the key is as before, or kept back', async () => {
  const original = readFileSync(join(small.folder, 'root.sealed'));
  const path = join(scratch, 'root.sealed');
  const read = async () => {
    const [candidate] = await small.sealedKeyAt(path).load({ create: false });
    return Buffer.from(candidate?.bytes ?? []).toString('hex');
  };
  writeFileSync(path, original, { mode: 0o600 });
  const before = await read();
  for (let offset = 0; offset < original.length; offset++)
    for (let bit = 0; bit < 8; bit++) {
      writeFileSync(path, flipped(original, { offset, bit }));
      const outcome = await read().catch((error: unknown) => {
        if (!(error instanceof SealingError)) throw new Error(placeOf({ offset, bit }), { cause: error });
        return error.code;
      });
      if (/^[0-9a-f]{64}$/.test(outcome)) expect(outcome, placeOf({ offset, bit })).toBe(before);
      note('root.sealed', outcome === before ? 'as before' : outcome);
    }
});

it('counts', () => {
  const sum = (of: Record<string, number>) => Object.values(of).reduce((all, one) => all + one, 0);
  expect(Object.keys(counts)).toHaveLength(small.blobs.length + 2);
  expect(sum(counts[DATABASE] ?? {})).toBeGreaterThan(500);
  for (const [file, of] of Object.entries(counts))
    console.log(
      `${file}: ${sum(of)} flips: ${Object.entries(of)
        .map(([what, times]) => `${what} ${times}`)
        .join('; ')}`,
    );
});
