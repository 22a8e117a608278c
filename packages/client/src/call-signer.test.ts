import { createHash, generateKeyPairSync, sign, verify } from 'node:crypto';
import { create, toBinary } from '@bufbuild/protobuf';
import { frontend, gaiwan, parseSignatureText, statementBytes } from '@gaiwan/protocol';
import { describe, expect, it } from 'vitest';
import { CallSigner, isSignedMethod, keyIdOf, PlatformClock } from './call-signer.ts';
import type { Signer } from './signer.ts';

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const signer: Signer = {
  algorithm: 'Ed25519',
  publicKey: new Uint8Array(publicKey.export({ type: 'spki', format: 'der' })),
  sign: (bytes) => new Uint8Array(sign(null, bytes, privateKey)),
};
const identity = { subject: 'bank#AAAAAAAAAAAAAAAA', instance: 'ab'.repeat(32) };
const clock = new PlatformClock();
const calls = new CallSigner(signer, () => Promise.resolve(identity), clock);

const hex = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('a signed call', () => {
  it('says what it asks for, of whom, once', async () => {
    const request = create(frontend.InvokeTaskRequestSchema, { taskId: 'task-1' });
    const texts = [0, 1].map(() => calls.signCall('InvokeTask', frontend.InvokeTaskRequestSchema, request));
    const nonces = new Set<string>();
    for (const text of await Promise.all(texts)) {
      const sent = parseSignatureText(text);
      if (!sent) throw new Error(text);
      nonces.add(sent.nonce);
      const digest = hex(toBinary(frontend.InvokeTaskRequestSchema, request));
      const said = {
        ...identity,
        action: 'InvokeTask',
        object: 'task-1',
        digest,
        nonce: sent.nonce,
        time: sent.time,
      };
      expect(verify(null, statementBytes(said), publicKey, sent.signature)).toBe(true);
    }
    expect(nonces.size).toBe(2);
  });

  it('of a method that wants none is not signed', async () => {
    const request = create(gaiwan.ListTasksRequestSchema);
    expect(isSignedMethod('ListTasks')).toBe(false);
    expect(isSignedMethod('toString')).toBe(false);
    expect(await calls.signCall('ListTasks', gaiwan.ListTasksRequestSchema, request)).toBe('');
  });

  it('is dated by the platform, once its clock is known: never in its future', async () => {
    const request = create(frontend.InvokeTaskRequestSchema, { taskId: 'task-1' });
    const platform = Date.now() - 3_600_000;
    clock.correct(platform);
    const text = await calls.signCall('InvokeTask', frontend.InvokeTaskRequestSchema, request);
    const { time } = parseSignatureText(text) ?? { time: 0 };
    expect(time).toBeGreaterThanOrEqual(platform);
    expect(time).toBeLessThanOrEqual(Date.now() - 3_600_000);
  });
});

describe('a signer that does not sign', () => {
  it.each<[string, Signer['sign']]>([
    ['fails', () => Promise.reject(new Error('no card'))],
    ['gives something else', () => new Uint8Array(70)],
  ])('%s: the call is not made', async (_what, broken) => {
    const other = new CallSigner({ ...signer, sign: broken }, () => Promise.resolve(identity), clock);
    await expect(other.proveKey()).rejects.toMatchObject({ code: 'signing-failed' });
  });
});

it('a key is named by the hash of its public half', () => {
  expect(keyIdOf(signer)).toBe(hex(signer.publicKey));
});
