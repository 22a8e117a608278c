import { createHash } from 'node:crypto';
import {
  canonicalJson,
  manifestBytes,
  parseSubject,
  type Subject,
  type TaskManifest,
} from '@gaiwan/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readManifest } from './manifest.ts';

function subjectOf(name: string): Subject {
  const subject = parseSubject(`${name}#AAAAAAAAAAAAAAAA`);
  if (!subject) throw new Error(name);
  return subject;
}
const [analyst, bank] = [subjectOf('analyst'), subjectOf('bank')];

const sample: TaskManifest = {
  format: 'gaiwan-task-manifest/7',
  epoch: 1,
  task: 'task-1',
  creator: analyst,
  function: {
    id: 'function-1',
    version: '01'.repeat(32),
    name: 'builtin-echo',
    executorType: 'builtin',
    owner: subjectOf('vendor'),
  },
  executor: 'builtin',
  arguments: '{"message":"hi"}',
  inputs: [
    {
      slot: 'a',
      id: 'input-1',
      owners: [bank],
      schema: 'aes-gcm-256',
      tag: '00'.repeat(16),
      commitment: '02'.repeat(32),
    },
  ],
  outputs: [
    {
      slot: 'b',
      id: 'output-1',
      owners: [bank],
      schema: 'teaclave-file-128',
      commitment: '03'.repeat(32),
    },
  ],
  participants: [
    { subject: analyst, authority: 'password' },
    { subject: bank, authority: 'password' },
  ],
  limits: {
    timeMs: 1000,
    cpuMs: 1000,
    memoryMiB: 64,
    outputBytes: 1024,
    logBytes: 1,
    files: 10,
    stagedBytes: 4096,
    transferMs: 2000,
  },
  logs: ['creator'],
  repeat: false,
  sandboxes: 'fresh',
  agreement: '',
};
const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
const read = (bytes: Uint8Array, digest: Uint8Array = hash(bytes)) => readManifest(bytes, digest, 'task-1');
const text = (value: string) => new TextEncoder().encode(value);
const bad = expect.objectContaining({ code: 'bad-manifest' });

describe('a manifest from the platform', () => {
  it('is read, and its digest computed here', () => {
    const bytes = manifestBytes(sample);
    expect(read(bytes)).toEqual({ manifest: sample, digest: new Uint8Array(hash(bytes)) });
  });

  it.each([
    ['another digest than its own', () => read(manifestBytes(sample), new Uint8Array(32))],
    ['a digest of another length', () => read(manifestBytes(sample), new Uint8Array(31))],
    ['another task', () => read(manifestBytes({ ...sample, task: 'task-2' }))],
    ['another format', () => read(text(canonicalJson({ ...sample, format: 'x' })))],
    ['spaces', () => read(text(JSON.stringify(sample, null, 1)))],
    [
      'a member given twice',
      () => read(text(new TextDecoder().decode(manifestBytes(sample)).replace('{', '{"arguments":"{}",'))),
    ],
    ['no JSON', () => read(text('hello'))],
    ['bytes that are no UTF-8', () => read(new Uint8Array([0x22, 0xff, 0x22]))],
  ])('is refused with %s', (_what, attempt) => {
    expect(attempt).toThrow(bad);
  });

  it('is refused in any other JSON form', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        expect(() => read(text(json))).toThrow(bad);
      }),
    );
  });

  it('is refused with any member missing', () => {
    for (const key of Object.keys(sample))
      expect(() => read(text(canonicalJson({ ...sample, [key]: undefined }))), key).toThrow(bad);
  });
});
