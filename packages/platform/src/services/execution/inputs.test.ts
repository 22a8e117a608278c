import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HostFault, readStaged } from '@gaiwan/executors';
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
  return stageInputs([a.file, b.file], { files, folder, signal });
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
