import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CallSigner, PlatformClock } from '../call-signer.ts';
import { limits } from '../limits.ts';
import {
  ed25519Key,
  failure,
  framed,
  honest,
  listOf,
  p256Key,
  signatureBy,
  strangeKey,
  TestAgent,
  type TestKey,
} from '../testing/agent.ts';
import { agentSigner } from './agent-signer.ts';
import { messageTypes } from './messages.ts';
import { fingerprintOf, sshFingerprint } from './public-key.ts';
import { sshString, uint32 } from './wire.ts';

const bytes = Buffer.from('{"a statement":1}');
const refusal = (code: string, ...texts: readonly string[]) => ({
  code,
  message: expect.toSatisfy((message: string) => texts.every((text) => message.includes(text))),
});
const alice = ed25519Key('alice@laptop');
const card = p256Key('cardno:0006 1234');

let agent: TestAgent;
beforeEach(async () => {
  agent = await TestAgent.start(honest([alice]));
});
afterEach(async () => agent.stop());
const open = (key?: string) => agentSigner({ socket: agent.socket, key });
const has = (...keys: readonly TestKey[]) => {
  agent.answer = honest(keys);
};

describe('a key in an agent', () => {
  it.each([
    ['Ed25519', alice, null],
    ['ES256', card, 'sha256'],
  ] as const)('of %s signs', async (algorithm, key, digest) => {
    has(key);
    const signer = await open();
    expect(signer.algorithm).toBe(algorithm);
    const publicKey = createPublicKey({ key: Buffer.from(signer.publicKey), format: 'der', type: 'spki' });
    // r and s of each length that they have.
    for (let i = 0; i < 50; i++) {
      const signature = await signer.sign(bytes);
      expect(signature).toHaveLength(64);
      expect(verify(digest, bytes, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)).toBe(true);
    }
    expect(sshFingerprint(signer.publicKey)).toBe(fingerprintOf(key.blob));
  });

  it('is the one that is named, by fingerprint or comment', async () => {
    has(strangeKey('ssh-rsa'), alice, card);
    for (const key of [alice, card]) {
      const signers = [await open(key.comment), await open(fingerprintOf(key.blob))];
      for (const { publicKey } of signers) expect(sshFingerprint(publicKey)).toBe(fingerprintOf(key.blob));
    }
  });

  it('needs no name where it is the only one that fits', async () => {
    has(strangeKey('ssh-rsa'), alice, alice, strangeKey('sk-ssh-ed25519@openssh.com'));
    expect(sshFingerprint((await open()).publicKey)).toBe(fingerprintOf(alice.blob));
  });

  it('survives a restart of the agent, and not its end', async () => {
    const signer = await open();
    await agent.restart();
    expect(await signer.sign(bytes)).toHaveLength(64);
    await agent.stop();
    await expect(signer.sign(bytes)).rejects.toMatchObject(refusal('agent-unreachable', agent.socket));
    // One that ends each connection after its answer.
    agent = await TestAgent.start(honest([alice]), { ends: true });
    expect(await (await open()).sign(bytes)).toHaveLength(64);
  });
});

describe('which key is meant', () => {
  it('is asked where there are several: they are listed', async () => {
    has(alice, card);
    const both = [fingerprintOf(alice.blob), '"alice@laptop"', fingerprintOf(card.blob)];
    await expect(open()).rejects.toMatchObject(refusal('agent-key-ambiguous', ...both));
    has(alice, ed25519Key('alice@laptop'));
    await expect(open('alice@laptop')).rejects.toMatchObject(refusal('agent-key-ambiguous', '2 keys called'));
  });

  it('is said where there is none', async () => {
    await expect(open('bob')).rejects.toMatchObject(refusal('agent-key-missing', '"bob"', '"alice@laptop"'));
    const other = fingerprintOf(card.blob);
    await expect(open(other)).rejects.toMatchObject(refusal('agent-key-missing', other));
    has();
    await expect(open()).rejects.toMatchObject(refusal('agent-key-missing', 'no key at all'));
  });

  it.each([
    ['ssh-rsa', 'Ed25519 or P-256'],
    ['ecdsa-sha2-nistp384', 'Ed25519 or P-256'],
    ['sk-ssh-ed25519@openssh.com', 'FIDO'],
    ['sk-ecdsa-sha2-nistp256@openssh.com', 'FIDO'],
    ['ssh-ed25519-cert-v01@openssh.com', 'certificate'],
    ['sk-ssh-ed25519-cert-v01@openssh.com', 'certificate'],
  ])('cannot be one of %s, and why is said', async (type, why) => {
    has(strangeKey(type, 'mine'));
    await expect(open()).rejects.toMatchObject(refusal('agent-key-unfit', type, why));
    has(strangeKey(type, 'mine'), alice);
    await expect(open('mine')).rejects.toMatchObject(refusal('agent-key-unfit', type, why));
  });

  it('cannot be one with a compressed point, and other keys can', async () => {
    const compressed = {
      comment: 'odd',
      blob: Buffer.concat([
        sshString('ecdsa-sha2-nistp256'),
        sshString('nistp256'),
        sshString(new Uint8Array(33).fill(2)),
      ]),
    };
    has(compressed, alice);
    await expect(open('odd')).rejects.toMatchObject(refusal('agent-key-unfit', 'compressed'));
    expect((await open()).algorithm).toBe('Ed25519');
  });

  it('is told on a terminal that no comment moves, and briefly', async () => {
    const evil = ed25519Key('\u001b[2J\u202e" SHA256:forged "ok'.padEnd(5000, 'x'));
    has(evil, alice, ...Array.from({ length: 30 }, () => ed25519Key('more')));
    const error = await open().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject(refusal('agent-key-ambiguous', '24 more', '\\" SHA256:forged \\"ok'));
    expect((error as Error).message).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect((error as Error).message.length).toBeLessThan(2000);
  });
});

describe('an agent that', () => {
  const p384 = generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).privateKey;
  const { privateKey } = ed25519Key('');
  const signedBy = (blob: Uint8Array) => framed(Uint8Array.of(messageTypes.signResponse), sshString(blob));
  const key = (...parts: readonly (Uint8Array | string)[]) => ({
    comment: '',
    blob: Buffer.concat(parts.map((part) => sshString(part))),
  });
  const whole = listOf([alice]);

  it.each<[string, Uint8Array, string]>([
    ['refuses', failure, 'agent-refused'],
    ['announces gigabytes', uint32(2 ** 32 - 1), 'bad-agent'],
    ['announces nothing', uint32(0), 'bad-agent'],
    ['answers something else', framed(Uint8Array.of(messageTypes.signResponse)), 'bad-agent'],
    ['stops in the middle', framed(whole).subarray(0, 40), 'bad-agent'],
    ['leaves out the end', framed(whole.subarray(0, 40)), 'bad-agent'],
    ['adds something', framed(whole, Uint8Array.of(0)), 'bad-agent'],
    ['has a short key', framed(listOf([key('ssh-ed25519', new Uint8Array(31))])), 'bad-agent'],
    [
      'has a point off the curve',
      framed(listOf([key('ecdsa-sha2-nistp256', 'nistp256', new Uint8Array(65).fill(4))])),
      'bad-agent',
    ],
    [
      'names another curve',
      framed(listOf([key('ecdsa-sha2-nistp256', 'nistp384', new Uint8Array(65).fill(4))])),
      'bad-agent',
    ],
  ])('%s when it is asked for its keys has none for us', async (_what, answer, code) => {
    await agent.stop();
    agent = await TestAgent.start(() => answer, { ends: true });
    await expect(open()).rejects.toMatchObject({ code });
  });

  it.each<[string, (signed: Buffer) => Uint8Array, string]>([
    ['refuses to sign', () => failure, 'agent-refused'],
    ['signs with another key', (signed) => signedBy(signatureBy(privateKey ?? p384, signed)), 'bad-agent'],
    [
      'signs something else',
      () => signedBy(signatureBy(alice.privateKey ?? p384, Buffer.from('else'))),
      'bad-agent',
    ],
    ['signs with another algorithm', () => signedBy(signatureBy(p384, bytes)), 'bad-agent'],
    ['gives zeros', () => signedBy(key('ssh-ed25519', new Uint8Array(64)).blob), 'bad-agent'],
    ['gives a short signature', () => signedBy(key('ssh-ed25519', new Uint8Array(63)).blob), 'bad-agent'],
    ['lists its keys again', () => framed(whole), 'bad-agent'],
  ])('%s: nothing of it is used', async (_what, answer, code) => {
    const signer = await open();
    agent.answer = (message) => answer(message.subarray(message.length - bytes.length - 4, -4));
    await expect(signer.sign(bytes)).rejects.toMatchObject({ code });
    // As the agent says it, not as a signer that failed somehow.
    const identity = { subject: 'alice#AAAAAAAAAAAAAAAA', instance: 'ab'.repeat(32) };
    const calls = new CallSigner(signer, () => Promise.resolve(identity), new PlatformClock());
    await expect(calls.proveKey()).rejects.toMatchObject({ code });
  });

  it.each([
    ['keys', limits.agentAnswer.value],
    ['signature', limits.agentSignature.value],
  ])('says nothing is waited for until its time is over (%s)', async (what, patience) => {
    const signer = await open();
    agent.answer = () => undefined;
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const asked = agent.asked();
      const over = vi.fn();
      const asking = Promise.resolve<unknown>(what === 'keys' ? open() : signer.sign(bytes));
      const refused = expect(asking.finally(over)).rejects.toMatchObject(refusal('agent-unreachable'));
      await asked;
      await vi.advanceTimersByTimeAsync(patience - 1);
      expect(over).not.toHaveBeenCalled();
      await vi.advanceTimersByTimeAsync(1);
      await refused;
    } finally {
      vi.useRealTimers();
    }
  });

  it.each([
    ['is not named', ''],
    ['is not there', '/nonexistent/agent.sock'],
    ['has no possible name', 'a\0b'],
    ['has a name that is too long', `/${'x'.repeat(300)}`],
  ])('%s is unreachable', async (_what, socket) => {
    await expect(agentSigner({ socket })).rejects.toMatchObject({ code: 'agent-unreachable' });
  });
});
