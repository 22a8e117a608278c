import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FileSecret, fileCommitmentBytes, fileSchemas } from './file-secret.ts';

const bytes = fc.uint8Array({ maxLength: 40 });
const secrets: fc.Arbitrary<FileSecret> = fc.record({
  schema: fc.constantFrom(...fileSchemas),
  key: bytes,
  iv: bytes,
  salt: bytes,
  url: fc.string({ unit: 'grapheme' }),
});
const same = (one: Uint8Array, other: Uint8Array) => Buffer.compare(one, other) === 0;

describe('a commitment to a file', () => {
  it('is the hash of these bytes', () => {
    const secret: FileSecret = {
      schema: 'aes-gcm-128',
      key: Uint8Array.from({ length: 16 }, (_, i) => i),
      iv: new Uint8Array(12).fill(255),
      salt: new Uint8Array(),
      url: 'https://é.example/file',
    };
    const of = fileCommitmentBytes(secret);
    expect(Buffer.from(of).toString('hex')).toBe(
      `00000018${Buffer.from('gaiwan-file-commitment/1').toString('hex')}` +
        `0000000b${Buffer.from('aes-gcm-128').toString('hex')}` +
        '00000010000102030405060708090a0b0c0d0e0f' +
        `0000000c${'ff'.repeat(12)}` +
        '00000000' +
        `00000017${Buffer.from('https://é.example/file').toString('hex')}`,
    );
    expect(createHash('sha256').update(of).digest('hex')).toBe(
      'd0d61a1510d4449cda94f283fb42c98e45a1507cbf8facc4ce2a76cbe81cb55d',
    );
  });

  it('is another for any other file: no byte can move from one part to the next', () => {
    fc.assert(
      fc.property(secrets, secrets, (one, other) => {
        const equal =
          one.schema === other.schema &&
          one.url === other.url &&
          (['key', 'iv', 'salt'] as const).every((part) => same(one[part], other[part]));
        expect(same(fileCommitmentBytes(one), fileCommitmentBytes(other))).toBe(equal);
      }),
    );
    const { key, url, ...rest } = { schema: 'raw', key: new Uint8Array([1]), url: 'a' } as const;
    const [split, joined] = [
      { ...rest, url, key, iv: new Uint8Array([2]), salt: new Uint8Array() },
      { ...rest, url, key: new Uint8Array([1, 2]), iv: new Uint8Array(), salt: new Uint8Array() },
    ].map(fileCommitmentBytes);
    expect(split).not.toEqual(joined);
  });
});
