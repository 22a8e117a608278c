import { FAKE_NOW, fakeIntel, makeCrl } from '@gaiwan/attestation-kit/machines';
import { describe, expect, it } from 'vitest';
import { CallCache, VerificationCache } from './cache.ts';
import { crypto } from './crypto/node.ts';
import { verify } from './verify.ts';

const bytes = (...values: number[]) => Uint8Array.from(values);

describe.each([
  ['of a call', () => new CallCache()],
  ['of a process', () => new VerificationCache()],
])('a cache %s', (_what, make) => {
  it('remembers by domain and whole content, not by object', async () => {
    const cache = make();
    let made = 0;
    const ask = (domain: string, ...contents: Uint8Array[]) =>
      cache.remember(crypto, domain, contents, () => ++made);
    expect(await ask('a', bytes(1), bytes(2))).toBe(1);
    expect(await ask('a', bytes(1), bytes(2))).toBe(1);
    expect(await ask('b', bytes(1), bytes(2))).toBe(2);
    expect(await ask('a', bytes(1, 2))).toBe(3);
    expect(await ask('a', bytes(2), bytes(1))).toBe(4);
  });

  it('does not remember failures', async () => {
    const cache = make();
    const fail = async () => cache.remember(crypto, 'a', [bytes(1)], () => Promise.reject(new Error('no')));
    await expect(fail()).rejects.toThrow('no');
    expect(await cache.remember(crypto, 'a', [bytes(1)], () => 'yes')).toBe('yes');
  });
});

describe('a cache of a process', () => {
  it('forgets what was not used for longest, by number and by size', async () => {
    const cache = new VerificationCache({ entries: 2, bytes: 10 });
    let made = 0;
    const ask = (content: Uint8Array) => cache.remember(crypto, 'a', [content], () => ++made);
    await ask(bytes(1));
    await ask(bytes(2));
    await ask(bytes(1));
    await ask(bytes(3));
    expect(await ask(bytes(1))).toBe(1);
    expect(await ask(bytes(2))).toBe(4);
    await ask(new Uint8Array(11));
    expect(await ask(bytes(1))).toBe(6);
  });

  it('judges dates, roots and revocation each time', async () => {
    const [intel, other] = await Promise.all([fakeIntel(), fakeIntel()]);
    const cache = new VerificationCache();
    const endorsements = await intel.endorsements('tdx');
    const quote = await intel.quote();
    const judge = async (more: object = {}, at = FAKE_NOW, root = intel.root.der) => {
      const result = await verify(
        { kind: 'dcap', quote },
        { ...endorsements, ...more },
        { at, roots: { intel: [root] }, cache },
      );
      return result.verdict === 'refused' ? result.reason : result.verdict;
    };
    expect(await judge()).toBe('verified');
    expect(await judge()).toBe('verified');
    expect(await judge({}, Date.parse('2046-01-01'))).toBe('cert-expired');
    expect(await judge({}, FAKE_NOW, other.root.der)).toBe('untrusted-root');
    expect(await judge({ pckCrl: await makeCrl({ issuer: intel.pckCa, revoked: [intel.pck.serial] }) })).toBe(
      'cert-revoked',
    );
    expect(await judge({ tcbInfo: await other.tcbInfo('tdx') })).toBe('tcb-info-signature');
    expect(await judge()).toBe('verified');
  });
});
