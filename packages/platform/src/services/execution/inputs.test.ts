import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HostFault, readStaged, StagingMemory } from '@gaiwan/executors';
import { encrypt } from '@gaiwan/files';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freshKey } from '../../testing/leases.ts';
import type { ApprovedInput } from './approved-files.ts';
import { stageInputs } from './inputs.ts';
import { isInputFault, TaskFault } from './task-fault.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gaiwan-inputs-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function input(slot: string, mayBeLeftOut: boolean) {
  const key = freshKey('teaclave-file-128');
  const space = Buffer.alloc(8192);
  const sink = {
    write(bytes: Uint8Array, position: number): void {
      space.set(bytes, position);
    },
  };
  const url = `https://files.example/${slot}`;
  const { tag, size } = await encrypt([Buffer.from(`of ${slot}`)], sink, { key, name: slot });
  const file: ApprovedInput = {
    slot,
    id: `input-${slot}`,
    owners: ['ann', 'ben'],
    url,
    capability: '',
    mayBeLeftOut,
    encrypted: { key, tag },
  };
  return { file, ciphertext: space.subarray(0, size) };
}

type Answer = Uint8Array | Error;

/** What is staged where the second of two files is answered with this. */
async function stage(
  mayBeLeftOut: boolean,
  second: (good: Buffer) => Answer,
  signal = new AbortController().signal,
) {
  const [a, b] = [await input('a', mayBeLeftOut), await input('b', mayBeLeftOut)];
  const answers = new Map<string, Answer>([
    [a.file.url, a.ciphertext],
    [b.file.url, second(b.ciphertext)],
  ]);
  const fetch = ({ url }: { readonly url: string }) => {
    const answer = answers.get(url) ?? new Error('asked for something else');
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve([answer]);
  };
  const files = { fetch, put: () => Promise.reject(new Error('nothing is stored')) };
  return stageInputs([a.file, b.file], { files, folder, memory: new StagingMemory(), signal }, 1 << 20);
}

const flipped = (good: Buffer) => {
  const bad = Buffer.from(good);
  bad.writeUInt8(bad.readUInt8(100) ^ 1, 100);
  return bad;
};
const broken = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
const gone = new TaskFault('blob-missing', 'the file is gone.');

describe('inputs', () => {
  it('are staged, all of them', async () => {
    const { staged, leftOut } = await stage(false, (good) => good);
    const texts = Object.entries(staged).map(([slot, one]) => [
      slot,
      Buffer.concat([...readStaged(one)]).toString(),
    ]);
    expect(texts).toEqual([
      ['a', 'of a'],
      ['b', 'of b'],
    ]);
    expect(leftOut).toEqual([]);
  });

  const faults: readonly [string, string, (good: Buffer) => Answer][] = [
    ['flipped', 'bad-file', flipped],
    ['cut', 'bad-file', (good) => good.subarray(0, 1000)],
    ['empty', 'bad-file', () => Buffer.alloc(0)],
    ['gone', 'blob-missing', () => gone],
    ['broken off', 'transfer-broken', () => broken],
  ];
  it.each(faults)(
    'of which one is %s are refused (%s), by slot, data and owners',
    async (_what, code, second) => {
      const error: unknown = await stage(false, second).catch((caught: unknown) => caught);
      expect(isInputFault(error)).toBe(true);
      expect(error).toMatchObject({
        code,
        input: 'b',
        message: expect.stringMatching(/^input "b" \(input-b of ann, ben\): ./),
      });
    },
  );

  it('may be left out where the slot allows it, if it is there and not authentic', async () => {
    const { staged, leftOut } = await stage(true, flipped);
    expect([Object.keys(staged), leftOut.map(({ input: slot, code }) => [slot, code])]).toEqual([
      ['a'],
      [['b', 'bad-file']],
    ]);
    for (const missing of [gone, broken])
      await expect(stage(true, () => missing)).rejects.toMatchObject({ input: 'b' });
  });

  it('are not blamed for what the worker or its platform did', async () => {
    const disk = new HostFault('disk', 'the disk is full');
    await expect(stage(true, () => disk)).rejects.toBe(disk);
    await expect(stage(true, () => broken, AbortSignal.abort())).rejects.toBe(broken);
  });
});

describe('A7: the same data', () => {
  /** Each of them in a slot of its own; how many were fetched, and what is staged. */
  async function stageAll(files: readonly ApprovedInput[], ciphertext: Uint8Array, most: number) {
    let fetched = 0;
    const fetch = () => {
      fetched++;
      return Promise.resolve([ciphertext]);
    };
    const memory = new StagingMemory();
    const place = {
      files: { fetch, put: () => Promise.reject(new Error('nothing is stored')) },
      folder,
      memory,
    };
    const { staged } = await stageInputs(files, { ...place, signal: new AbortController().signal }, most);
    return { staged, fetched: () => fetched, memory };
  }

  it('in many slots is fetched, counted and kept once', async () => {
    const { file, ciphertext } = await input('a', false);
    const many = Array.from({ length: 60 }, (_, index) => ({ ...file, slot: `s${index}` }));
    const { staged, fetched, memory } = await stageAll(many, ciphertext, ciphertext.length);
    expect([Object.keys(staged).length, new Set(Object.values(staged)).size, fetched()]).toEqual([60, 1, 1]);
    expect(memory.used).toBe('of a'.length);
  });

  it('is the same by its place, key and tag, not by its id', async () => {
    const [{ file, ciphertext }, { file: other }] = [await input('a', false), await input('a', false)];
    const { encrypted } = file;
    const raw = { ...file, encrypted: undefined };
    const others: ApprovedInput[] = [raw, { ...raw, url: `${file.url}?` }, { ...file, mayBeLeftOut: true }];
    const { fetched } = await stageAll([file, ...others, raw, file], ciphertext, 1 << 20);
    expect(fetched()).toBe(3);
    // Under another key, and with another tag, it is refused as it would be alone.
    for (const changed of [other.encrypted, encrypted && { ...encrypted, tag: Buffer.alloc(16) }])
      await expect(
        stageAll([file, { ...file, slot: 'b', encrypted: changed }], ciphertext, 1 << 20),
      ).rejects.toMatchObject({ code: 'bad-file', input: 'b' });
  });
});

it.each(['raw', 'aes-gcm-256'] as const)(
  'B4: inputs end at the bytes that the task allows (%s)',
  async (scheme) => {
    const { file } = await input('a', false);
    let taken = 0;
    const endless = async function* () {
      for (;;) {
        taken += 4096;
        yield Buffer.alloc(4096);
      }
    };
    const memory = new StagingMemory();
    const files = { fetch: () => Promise.resolve(endless()), put: () => Promise.reject(new Error('no')) };
    const place = { files, folder, memory, signal: new AbortController().signal };
    const encrypted = scheme === 'raw' ? undefined : { key: freshKey(scheme), tag: Buffer.alloc(16) };
    await expect(stageInputs([{ ...file, encrypted }], place, 1_000_000)).rejects.toMatchObject({
      code: 'input-limit',
      message: expect.stringContaining('With "a", the inputs have more than the 1000000 bytes'),
    });
    expect(taken).toBeLessThan(1_000_000 + 5000);
    expect(memory.used).toBe(0);
  },
);
