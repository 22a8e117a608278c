import { contentDigest, contentUrl } from '@gaiwan/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../limits.ts';
import { subjectOf, subjectsOf } from '../testing/subjects.ts';
import { data } from '../testing/tasks.ts';
import {
  blobOfFile,
  inputFromOutput,
  parseCrypto,
  parseDataUrl,
  parseTag,
  parseUrl,
  sameOwners,
  storedName,
} from './data.ts';
import { sha256Hex } from './sha256.ts';

const UUID = '11111111-1111-4111-8111-111111111111';

const key = (bytes: number) => new Uint8Array(bytes);

describe('how a file is encrypted', () => {
  it.each([
    ['aes-gcm-128', 16, 12, true],
    ['aes-gcm-256', 32, 12, true],
    ['teaclave-file-128', 16, 0, true],
    ['raw', 0, 0, true],
    ['aes-gcm-128', 32, 12, false],
    ['aes-gcm-256', 32, 16, false],
    ['aes-gcm-256', 32, 0, false],
    ['rot13', 16, 12, false],
    ['', 0, 0, false],
  ])('%s, key of %i bytes, IV of %i', (schema, keyBytes, ivBytes, fine) => {
    const parse = () => parseCrypto({ schema, key: key(keyBytes), iv: key(ivBytes) }, 'input');
    if (fine) expect(parse().schema).toBe(schema);
    else expect(parse).toThrow(expect.objectContaining({ name: 'PlatformError', grpc: 13 }));
  });

  it('must be said, and an output is never left open', () => {
    expect(() => parseCrypto(undefined, 'input')).toThrow(
      expect.objectContaining({ code: 'missing-crypto-info', wire: '"missing crypto_info"' }),
    );
    const raw = { schema: 'raw', key: key(0), iv: key(0) };
    expect(() => parseCrypto(raw, 'output')).toThrow(expect.objectContaining({ code: 'raw-output' }));
  });
});

it.each([
  ['https://host/a/b.enc', 'b.enc'],
  ['https://host/a/b.enc?x=/c#/d', 'b.enc'],
  ['https://host/a%20b', 'a b'],
  ['https://host/%', '%'],
  ['https://host/', ''],
])('the stored name of %s is "%s"', (url, name) => expect(storedName(url)).toBe(name));

it.each(['relative/path', '', `https://host/${'x'.repeat(9000)}`])('%.30s is no URL', (text) => {
  expect(() => parseUrl(text)).toThrow(expect.objectContaining({ code: 'bad-url' }));
});

it('a tag has 16 bytes', () => {
  expect(parseTag(new Uint8Array(16))).toHaveLength(16);
  for (const bytes of [0, 15, 17])
    expect(() => parseTag(new Uint8Array(bytes))).toThrow(
      expect.objectContaining({ code: 'bad-tag-length' }),
    );
});

it('owners are compared as sets', () => {
  expect(sameOwners(subjectsOf('a', 'b'), subjectsOf('b', 'a', 'a'))).toBe(true);
  expect(sameOwners(subjectsOf('a'), subjectsOf('a', 'b'))).toBe(false);
  expect(sameOwners(subjectsOf('a', 'b'), subjectsOf('a', 'c'))).toBe(false);
  // Another account of the name.
  expect(sameOwners([subjectOf('a')], [subjectOf('a', 1)])).toBe(false);
});

it('an output becomes an input once it is written', () => {
  const output = data('output', 'ann');
  expect(() => inputFromOutput(output, 'input-1')).toThrow(
    expect.objectContaining({ code: 'output-not-written' }),
  );
  const tag = new Uint8Array(16).fill(9);
  expect(inputFromOutput({ ...output, tag, task: 'task-1' }, 'input-1')).toEqual({
    ...output,
    id: 'input-1',
    tag,
  });
});

describe('a data: URL', () => {
  const url = (bytes: Buffer) => `data:text/plain;base64,${bytes.toString('base64')}`;

  it('is its content, and a name by the digest of that', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const parsed = parseDataUrl(url(Buffer.from(bytes)));
        expect(Buffer.from(parsed.bytes).equals(bytes)).toBe(true);
        expect(contentDigest(parsed.url)).toBe(sha256Hex(bytes));
        expect(blobOfFile({ id: `input-${UUID}`, url: parsed.url })).toBe(`blob://gaiwan/${UUID}/content`);
      }),
    );
  });

  it('of any other form, or with too much content, is refused', () => {
    const bad = expect.objectContaining({ name: 'PlatformError', code: 'bad-url' });
    const most = limits.contentOfUrl.value;
    expect(parseDataUrl(url(Buffer.alloc(most))).bytes).toHaveLength(most);
    expect(() => parseDataUrl(url(Buffer.alloc(most + 1)))).toThrow(bad);
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `data:text/plain;base64,${text}`),
        ),
        (text) => {
          try {
            parseDataUrl(text);
          } catch (error) {
            expect(error).toEqual(bad);
          }
        },
      ),
    );
    for (const text of [
      'data:text/plain;base64,AA==,',
      'data:text/plain,x',
      `${contentUrl('00'.repeat(32))}`,
    ])
      expect(() => parseDataUrl(text)).toThrow(bad);
  });

  it('has a blob, as a file that is kept has, and one elsewhere has not', () => {
    const kept = `blob://gaiwan/${UUID}/x`;
    expect(blobOfFile({ id: 'output-1', url: kept })).toBe(kept);
    expect(blobOfFile({ id: 'output-1', url: 'https://host/x' })).toBeUndefined();
  });
});
