import { memorySource, SourceError, type SourceErrorCode } from '@gaiwan/attestation/sources';
import { beforeAll, describe, expect, it } from 'vitest';
import { good, policyOf, type TestMachine, testMachine } from '../testing/machine.ts';
import { judge } from './judge.ts';
import { vendorTrust } from './vendors.ts';

let machine: TestMachine;
let quote: Uint8Array;
beforeAll(async () => {
  machine = await testMachine();
  const { evidence } = await machine.attester().evidence(new Uint8Array(64));
  quote = evidence.kind === 'dcap' ? evidence.quote : new Uint8Array();
});

const failing = (error: unknown) => ({ endorsements: () => Promise.reject(error) });
const given = () => machine.intel.endorsements('tdx');
const judged = async (source: object, come: boolean) =>
  judge(
    { kind: 'dcap', quote },
    { ...(await machine.trust()), endorsements: source as never },
    [policyOf(good)],
    {
      at: Date.now(),
      ...(come && { given: await given() }),
    },
  );

describe('endorsements that come along with evidence', () => {
  it.each<SourceErrorCode>(['not-found', 'wrong-kind'])(
    'count where the source has none for it: %s',
    async (code) => {
      const error = new SourceError(code, 'no');
      expect(await judged(failing(error), true)).toMatchObject({ givenEndorsements: true });
      expect((await judged(failing(error), true)).refusal).toBeUndefined();
      expect((await judged(failing(error), false)).refusal?.reason).toBe('no-endorsements');
    },
  );

  it.each([
    new SourceError('unreachable', 'no answer'),
    new SourceError('rate-limited', 'wait', 10),
    new SourceError('bad-answer', 'nonsense'),
    Object.assign(new Error('no such file'), { code: 'ENOENT' }),
    new TypeError('a bug'),
    'a text',
  ])('do not count where the source cannot be asked: %s', async (error) => {
    const { refusal, verified, givenEndorsements } = await judged(failing(error), true);
    expect(refusal?.reason).toBe('no-endorsements');
    expect(verified).toBeUndefined();
    expect(givenEndorsements).toBe(false);
  });

  it('do not count where the source has its own', async () => {
    const bad = await testMachine('revoked');
    const { endorsements } = await bad.trust();
    const { refusal } = await judge(
      await bad
        .attester()
        .evidence(new Uint8Array(64))
        .then(({ evidence }) => evidence),
      { ...(await bad.trust()), endorsements },
      [policyOf(good)],
      { at: Date.now(), given: await bad.intel.endorsements('tdx') },
    );
    expect(refusal?.reason).toBe('cert-revoked');
  });
});

describe('a policy', () => {
  it('must be there, and one of several is enough', async () => {
    const trust = { ...(await machine.trust()), endorsements: memorySource(await given()) };
    const by = (...policies: Parameters<typeof judge>[2]) =>
      judge({ kind: 'dcap', quote }, trust, policies, { at: Date.now() });
    expect((await by()).refusal?.reason).toBe('policy-measurement');
    expect((await by({ measurements: [] }, policyOf(good))).refusal).toBeUndefined();
  });
});

describe('the folder of a service’s operator', () => {
  it('adds no keys that would have to be believed', async () => {
    const { mkdtempSync, rmSync, writeFileSync } = await import('node:fs');
    const { generateKeyPairSync } = await import('node:crypto');
    const folder = mkdtempSync('/tmp/gaiwan-anchors-');
    try {
      const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      writeFileSync(`${folder}/key.json`, JSON.stringify(publicKey.export({ format: 'jwk' })));
      const ear = { kind: 'ear', token: 'a.b.c' } as never;
      const own = await vendorTrust({ endorsements: folder }).endorsements.endorsements(ear);
      expect(Object.keys(own)).toContain('results');
      const service = vendorTrust({ endorsements: folder, provenOnly: true });
      expect(Object.keys(await service.endorsements.endorsements(ear))).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
