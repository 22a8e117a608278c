import { randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seal, unseal } from './box.ts';
import { makeHeader, openHeader, parseHeader } from './header.ts';
import { openKeys, parseRecord, recordText, sealKeys, type TaskRecord } from './record.ts';

const owner = { instance: 'ab'.repeat(32), user: 'ann' };
const keys = { inputs: { i: { key: '11'.repeat(32), iv: '22'.repeat(12) } }, outputs: {} };
const record: TaskRecord = {
  ...owner,
  task: 'task-00000000-0000-4000-8000-000000000000',
  inputs: { i: { name: 'n', tag: '33'.repeat(16), bytes: 0 } },
  outputs: {},
};
const damaged = expect.objectContaining({ code: 'ring-damaged' }) as Error;

describe('a box', () => {
  it('opens with its key and context, and with no other, nor changed in any bit', () => {
    const key = randomBytes(32);
    const box = seal(key, Buffer.from('secret'), 'here');
    expect(unseal(key, box, 'here')?.toString()).toBe('secret');
    expect(unseal(key, box, 'there')).toBeUndefined();
    expect(unseal(randomBytes(32), box, 'here')).toBeUndefined();
    const bytes = Buffer.from(box, 'base64');
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const other = Buffer.from(bytes);
      other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(unseal(key, other.toString('base64'), 'here')).toBeUndefined();
    }
    for (let length = 0; length < bytes.length; length++)
      expect(unseal(key, bytes.subarray(0, length).toString('base64'), 'here')).toBeUndefined();
  });
});

describe('the header of a ring', () => {
  it('opens by its passphrase, for its owner, and by no other', async () => {
    const { header, key } = await makeHeader(owner, 'a passphrase');
    expect(Buffer.from(await openHeader(header, 'a passphrase')).equals(Buffer.from(key))).toBe(true);
    const locked = expect.objectContaining({ code: 'ring-locked' }) as Error;
    await expect(openHeader(header, 'another')).rejects.toThrow(locked);
    for (const change of [
      { user: 'bob' },
      { instance: 'cd'.repeat(32) },
      { kdf: { ...header.kdf, passes: 2 } },
    ])
      await expect(openHeader({ ...header, ...change }, 'a passphrase')).rejects.toThrow(locked);
  });

  it('may not ask for more memory or time than is bearable', async () => {
    const { header } = await makeHeader(owner, 'a passphrase');
    expect(parseHeader(JSON.parse(JSON.stringify(header)), 'x')).toEqual(header);
    for (const kdf of [
      { memoryKiB: 2 ** 21 },
      { passes: 33 },
      { lanes: 17 },
      { memoryKiB: 7 },
      { salt: 'zz'.repeat(16) },
      { name: 'none' },
      { more: 1 },
    ])
      expect(() => parseHeader({ ...header, kdf: { ...header.kdf, ...kdf } }, 'x')).toThrow(damaged);
  });

  it('is of any value one, or damaged', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(() => parseHeader(value, 'x')).toThrow(damaged);
      }),
    );
  });
});

describe('the record of a task', () => {
  it('is read as it was written, and its keys open for it alone', () => {
    const ringKey = randomBytes(32);
    const sealed = sealKeys(ringKey, record, keys);
    expect(parseRecord(recordText(sealed), 'x')).toEqual(sealed);
    expect(openKeys(ringKey, sealed)).toEqual(keys);
    for (const change of [
      { task: 'task-00000000-0000-4000-8000-000000000001' },
      { user: 'bob' },
      { instance: 'cd'.repeat(32) },
    ])
      expect(() => openKeys(ringKey, { ...sealed, ...change })).toThrow(damaged);
    expect(openKeys(ringKey, record)).toBeUndefined();
  });

  it('of any bytes is one, or damaged', () => {
    const text = recordText(sealKeys(randomBytes(32), record, keys));
    const changed = fc
      .tuple(fc.nat(text.length), fc.string(), fc.nat(20))
      .map(([at, more, gone]) => text.slice(0, at) + more + text.slice(at + gone));
    fc.assert(
      fc.property(fc.oneof(changed, fc.string({ unit: 'binary' }), fc.json()), (given) => {
        try {
          parseRecord(given, 'x');
        } catch (error) {
          expect(error).toMatchObject({ code: 'ring-damaged' });
        }
      }),
    );
  });
});
