import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { zip } from '../../../executors/src/testing/zip.ts';
import { readZip, ZipError } from './zip.ts';

const good = zip({ 'main.py': 'def main(): pass\n', 'lib/a.py': 'x = 1\n' });
const textOf = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString();

describe('readZip', () => {
  it('reads what is in it', () => {
    const files = readZip(good);
    expect([...files.keys()]).toEqual(['main.py', 'lib/a.py']);
    expect(textOf(files.get('lib/a.py'))).toBe('x = 1\n');
    expect(readZip(zip({})).size).toBe(0);
  });

  it.each([
    ['a path that climbs', zip({ '../a': 'x' }), 'no plain path'],
    ['an absolute path', zip({ '/a': 'x' }), 'no plain path'],
    ['a path of Windows', zip({ 'a\\b': 'x' }), 'no plain path'],
    ['a name that turns text around', zip({ 'a\u202eyp.b': 'x' }), 'no plain path'],
    ['a link', zip({ a: { data: '/etc/passwd', mode: 0o120777 } }), 'a link'],
    ['a size that is not true', zip({ a: { data: 'xxxx', claimed: 2 } }), 'is damaged'],
    ['a comment', Buffer.concat([good.subarray(0, -2), Buffer.from('\x01\x00x')]), 'its end'],
    ['bytes before it', Buffer.concat([Buffer.from('PK\x03\x04'), good]), 'its list is not where'],
    ['nothing', Buffer.alloc(0), 'its end'],
  ])('refuses %s', (_what, bytes, why) => {
    expect(() => readZip(bytes)).toThrow(ZipError);
    expect(() => readZip(bytes)).toThrow(why);
  });

  it('refuses a name that is another one beside the bytes', () => {
    const two = Buffer.from(good);
    two.write('evil.py', 30);
    expect(() => readZip(two)).toThrow('another name or place');
  });

  it('refuses a file that the list does not name', () => {
    const hidden = zip({ 'evil.py': 'evil()\n' });
    const local = hidden.subarray(0, hidden.readUInt32LE(hidden.length - 6));
    const moved = Buffer.concat([local, good]);
    moved.writeUInt32LE(moved.readUInt32LE(moved.length - 6) + local.length, moved.length - 6);
    expect(() => readZip(moved)).toThrow(ZipError);
  });

  it('takes any bytes: files, or a ZipError', () => {
    const edits = fc.array(fc.tuple(fc.nat(good.length - 1), fc.integer({ min: 0, max: 255 })), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(edits, fc.nat(good.length), (changes, length) => {
        const bytes = Buffer.from(good.subarray(0, length % 3 === 0 ? length : good.length));
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        try {
          readZip(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(ZipError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
