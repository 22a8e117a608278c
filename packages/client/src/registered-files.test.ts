import { createHash, randomBytes } from 'node:crypto';
import type { FileKey } from '@gaiwan/files';
import { contentUrl, type TaskManifest } from '@gaiwan/protocol';
import { describe, expect, it } from 'vitest';
import { fileCommitment, RegisteredFiles } from './registered-files.ts';

const freshKey = (): FileKey => ({ scheme: 'aes-gcm-128', key: randomBytes(16), iv: randomBytes(12) });
const file = { url: 'blob://gaiwan/1/out', key: freshKey() };

/** Of which only the files count here. */
const manifest = (id: string, commitment: string) =>
  ({ inputs: [], outputs: [{ id, commitment }] }) as unknown as TaskManifest;

describe('files that this client registered', () => {
  const files = new RegisteredFiles();
  files.add('output-1', file);
  files.addCopy('input-1', 'output-1');
  files.addCopy('input-2', 'output-2');
  const mine = fileCommitment(file);

  it('may be in a manifest as they are, beside files of others', () => {
    for (const id of ['output-1', 'input-1']) files.check(manifest(id, mine));
    for (const id of ['output-2', 'input-2']) files.check(manifest(id, '00'.repeat(32)));
  });

  it.each([
    ['key', fileCommitment({ ...file, key: freshKey() })],
    ['IV', fileCommitment({ ...file, key: { ...file.key, iv: new Uint8Array(12) } })],
    ['place', fileCommitment({ ...file, url: 'blob://gaiwan/2/out' })],
  ])('may not be in one with another %s', (_what, commitment) => {
    for (const id of ['output-1', 'input-1'])
      expect(() => files.check(manifest(id, commitment))).toThrow(
        expect.objectContaining({ code: 'bad-manifest', message: expect.stringContaining(id) }),
      );
  });
});

it('content in a URL is committed to by its digest, as the platform does, whatever the padding', () => {
  const key = freshKey();
  const digest = createHash('sha256').update('hello').digest('hex');
  const mine = fileCommitment({ url: contentUrl(digest), key });
  for (const text of ['aGVsbG8=', 'aGVsbG8'])
    expect(fileCommitment({ url: `data:text/plain;base64,${text}`, key })).toBe(mine);
  expect(fileCommitment({ url: 'data:text/plain;base64,aGVsbG8h', key })).not.toBe(mine);
});
