import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { ecKey } from '@gaiwan/attestation-kit';
import {
  connectionBinding,
  PeerVerifier,
  sessionSigningClaim,
  sessionStatement,
  type VerifiedPeer,
} from '@gaiwan/trust';
import { beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Attester } from '../attester/attester.ts';
import { limits } from '../limits.ts';
import { good, policyOf, type TestMachine, testMachine } from '../testing/machine.ts';
import { attestedCertificate } from './certificate.ts';
import { AttestedIdentity, type OwnEvidence } from './identity.ts';

const OLDEST = 600_000;

let machine: TestMachine;
beforeAll(async () => {
  machine = await testMachine();
});

/** A clock, a machine whose evidence takes as long as the test wants, and who judges it. */
let clock: number;
let quotes: number;
/** What evidence waits for before it is made. */
let gate: Promise<unknown>;
const slow: Attester = {
  kind: 'simulation',
  slow: true,
  async evidence(reportData) {
    quotes++;
    await gate;
    return machine.attester().evidence(reportData);
  },
};
beforeEach(() => {
  clock = Date.now();
  quotes = 0;
  gate = Promise.resolve();
});

async function slowIdentity(): Promise<AttestedIdentity> {
  const identity = await AttestedIdentity.create({ attester: slow, now: () => clock });
  onTestFinished(() => identity.close());
  quotes = 0;
  return identity;
}

const bytes = () => new Uint8Array(randomBytes(32));
const instance = bytes();
/** A server's end of a new connection. */
const newEnd = (identity: AttestedIdentity, of = instance) => ({
  nonce: bytes(),
  exporter: bytes(),
  sessionKey: identity.current.spki,
  instance: of,
});
type End = ReturnType<typeof newEnd>;

async function said(identity: AttestedIdentity, end: End): Promise<OwnEvidence> {
  const answer = await identity.connectionEvidence(end);
  if (answer === undefined) throw new Error('not a key of this identity');
  return answer;
}

/** As a client does it at its end of the connection. */
async function judge(
  { certificate, signature }: OwnEvidence,
  end: End,
  change: Partial<Parameters<TestMachine['verifier']>[0]> = {},
): Promise<VerifiedPeer> {
  const verifier = new PeerVerifier(await machine.trust({ now: () => clock, ...change }));
  const connection = { binding: connectionBinding(end), signature, instance: end.instance };
  return verifier.verify(certificate, { sessionKey: end.sessionKey, connection });
}

describe('a machine whose evidence takes long to make', () => {
  it('makes it once for many connections, each with a signature of its own', async () => {
    const identity = await slowIdentity();
    const ends = Array.from({ length: 20 }, () => newEnd(identity));
    const answers = await Promise.all(ends.map((end) => said(identity, end)));
    expect(quotes).toBe(1);
    for (const [i, end] of ends.entries()) {
      const answer = answers[i] as OwnEvidence;
      const { verified } = await judge(answer, end);
      expect(verified.sessionSigningKey).toMatch(/^[0-9a-f]+$/);
      expect(verified.connection).toBeUndefined();
      // A recorded answer is about no other connection.
      const next = ends[(i + 1) % ends.length] as End;
      await expect(judge(answer, next)).rejects.toMatchObject({ reason: 'connection-binding' });
    }
    expect(quotes).toBe(1);
  });

  it('makes those wait that come first, and nobody who comes later', async () => {
    const identity = await slowIdentity();
    const { promise, resolve } = Promise.withResolvers<void>();
    gate = promise;
    const waiting = [newEnd(identity), newEnd(identity)].map((end) => said(identity, end));
    await expect.poll(() => quotes).toBe(1);
    resolve();
    await Promise.all(waiting);
    gate = new Promise(() => undefined);
    await said(identity, newEnd(identity));
    expect(quotes).toBe(1);
  });

  it('replaces the key at its interval, and with the certificate', async () => {
    const identity = await slowIdentity();
    const keyNow = async () => {
      const end = newEnd(identity);
      return (await judge(await said(identity, end), end)).verified.sessionSigningKey;
    };
    const first = await keyNow();
    clock += limits.sessionSigning.value * 1000 - 1;
    expect(await keyNow()).toBe(first);
    clock += 1;
    const second = await keyNow();
    expect(second).not.toBe(first);
    expect(quotes).toBe(2);
    await identity.renew();
    expect(await keyNow()).not.toBe(second);
  });

  it('speaks for connections of its former certificate with a key of that', async () => {
    const identity = await slowIdentity();
    const before = newEnd(identity);
    const answer = await said(identity, before);
    await identity.renew();
    const still = { ...newEnd(identity), sessionKey: before.sessionKey };
    const { certificate, signature } = await said(identity, still);
    expect(certificate).toEqual(answer.certificate);
    await judge({ certificate, signature: signature ?? new Uint8Array() }, still);
    // The TLS key is in the evidence: one session-signing key never speaks for two of them.
    const other = newEnd(identity);
    await expect(
      judge({ certificate, signature: signature ?? new Uint8Array() }, other),
    ).rejects.toMatchObject({
      reason: 'key-binding',
    });
    expect(await identity.connectionEvidence({ ...other, sessionKey: bytes() })).toBeUndefined();
  });

  it('is not believed longer than the verifier wants, by its own clock', async () => {
    const identity = await slowIdentity();
    const end = newEnd(identity);
    const answer = await said(identity, end);
    const made = clock;
    clock = made + OLDEST - 1000;
    await judge(answer, end);
    await expect(judge(answer, end, { maximumAge: 60 })).rejects.toMatchObject({ reason: 'policy-age' });
    const strict = { policies: [{ ...policyOf(good), maximumAge: 60 }] };
    await expect(judge(answer, end, strict)).rejects.toMatchObject({ reason: 'policy-age' });
    clock = made + OLDEST + 1000;
    await expect(judge(answer, end)).rejects.toMatchObject({ reason: 'policy-age' });
    // No policy makes it longer.
    const lax = { policies: [{ ...policyOf(good), maximumAge: 86_400 }] };
    await expect(judge(answer, end, lax)).rejects.toMatchObject({ reason: 'policy-age' });
    clock = made - 100_000;
    await expect(judge(answer, end)).rejects.toMatchObject({ reason: 'cert-expired' });
  });

  it('is not believed longer either where it says so itself', async () => {
    const identity = await slowIdentity();
    const end = newEnd(identity);
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const key = await ecKey('P-256');
    const own = { ...end, sessionKey: key.spki };
    const { der } = await attestedCertificate({
      attester: slow,
      key,
      now: clock,
      lifetime: 86_400,
      sessionSigningKey: sessionSigningClaim({
        publicKey: new Uint8Array(Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')),
        until: clock + 86_400_000,
        instance,
      }),
    });
    const statement = sessionStatement(connectionBinding(own));
    const answer = { certificate: der, signature: new Uint8Array(sign(null, statement, privateKey)) };
    const made = clock;
    clock = made + OLDEST - 1000;
    await judge(answer, own);
    clock = made + OLDEST + 1000;
    await expect(judge(answer, own)).rejects.toMatchObject({ reason: 'policy-age' });
    const lax = { policies: [{ ...policyOf(good), maximumAge: 86_400 }] };
    await expect(judge(answer, own, lax)).rejects.toMatchObject({ reason: 'policy-age' });
  });

  it('is refused by a policy that wants evidence about each connection', async () => {
    const identity = await slowIdentity();
    const end = newEnd(identity);
    const answer = await said(identity, end);
    const policies = [{ ...policyOf(good), allowSessionSigning: false }];
    await expect(judge(answer, end, { policies })).rejects.toMatchObject({
      reason: 'policy-session-signing',
    });
    const fast = await AttestedIdentity.create({ attester: machine.attester(), now: () => clock });
    onTestFinished(() => fast.close());
    const own = newEnd(fast);
    const direct = await said(fast, own);
    expect(direct.signature).toBeUndefined();
    await judge(direct, own, { policies });
  });

  it('signs as each instance with a key of its own, which speaks for no other', async () => {
    const identity = await slowIdentity();
    const [own, other] = [newEnd(identity), newEnd(identity, bytes())];
    const [answer, theirs] = [await said(identity, own), await said(identity, other)];
    expect(quotes).toBe(2);
    await judge(theirs, other);
    const crossed = { certificate: theirs.certificate, signature: answer.signature ?? new Uint8Array() };
    await expect(judge(crossed, own)).rejects.toMatchObject({ reason: 'connection-binding' });
  });

  it('asks the machine again where it gave nothing', async () => {
    const identity = await slowIdentity();
    const broken = Promise.reject(new Error('the machine is busy'));
    broken.catch(() => undefined);
    gate = broken;
    const both = [newEnd(identity), newEnd(identity)].map((end) => said(identity, end));
    for (const one of both) await expect(one).rejects.toThrow('the machine is busy');
    expect(quotes).toBe(1);
    gate = Promise.resolve();
    const end = newEnd(identity);
    await judge(await said(identity, end), end);
    expect(quotes).toBe(2);
  });

  it('says nothing else than before of its certificates, and of a nonce', async () => {
    const identity = await slowIdentity();
    const verifier = await machine.verifier({ now: () => clock });
    const { verified } = await verifier.verify(identity.current.der);
    expect(verified.sessionSigningKey).toBeUndefined();
    const fresh = await identity.certificateFor(identity.current.spki, { nonce: Uint8Array.of(1) });
    expect((await verifier.verify(fresh ?? new Uint8Array(), { nonce: '01' })).verified.nonce).toBe('01');
    expect(quotes).toBe(1);
  });
});
