import { octets } from '@gaiwan/attestation-kit';
import {
  collectCca,
  coseSign1,
  digest,
  ecKey,
  FAKE_NOW,
  type FakeIntel,
  type FakeKey,
  fakeArm,
  fakeIntel,
  makeCertificate,
  type QuoteOptions,
} from '@gaiwan/attestation-kit/machines';
import { beforeAll, describe, expect, it } from 'vitest';
import { appraisal, genuine, judge } from '../../test/verdicts.ts';
import { parsePsaToken } from '../arm/psa.ts';
import { concat, fromHex, toHex, utf8Bytes } from '../bytes.ts';
import { type Cbor, Tagged } from '../cbor/decode.ts';
import { encodeCbor } from '../cbor/encode.ts';

const any = { anyMeasurement: true };

describe('group 28: CCA and PSA', () => {
  let arm: Awaited<ReturnType<typeof fakeArm>>;
  let other: Awaited<ReturnType<typeof fakeArm>>;
  beforeAll(async () => {
    [arm, other] = await Promise.all([fakeArm(), fakeArm()]);
  });
  const endorsements = () => ({ publicKey: arm.platformKey.spki });

  it('a token with its key as a point or as a COSE_Key', async () => {
    expect(await judge(await arm.cca(), endorsements(), {})).toBe('verified');
    const verified = await genuine(
      await arm.cca({ coseKey: true, challenge: new Uint8Array(64).fill(3) }),
      endorsements(),
      {},
    );
    expect(verified.claims['rakEncoding']).toBe('cose-key');
    expect(appraisal(verified, { ...any, nonce: '03'.repeat(64) })).toBe('accepted');
    expect(appraisal(verified, { ...any, nonce: '03'.repeat(32) })).toBe('nonce-mismatch');
    expect(appraisal(verified, { measurements: [{ rim: '06'.repeat(32), rem0: '00'.repeat(32) }] })).toBe(
      'accepted',
    );
  });

  it("the realm token of another platform's realm", async () => {
    const [{ platform }, { realm }] = [await arm.tokens(), await other.tokens()];
    expect(await judge(collectCca({ platform, realm }), endorsements(), {})).toBe('realm-binding');
    expect(await judge(await arm.cca({ binding: new Uint8Array(32) }), endorsements(), {})).toBe(
      'realm-binding',
    );
  });

  it('a binding over the key written another way', async () => {
    const point = arm.realmKey.spki.subarray(-97);
    const reencoded = await digest('sha256', encodeCbor(point));
    expect(await judge(await arm.cca({ binding: reencoded }), endorsements(), {})).toBe('realm-binding');
    expect(await judge(await arm.cca({ binding: await digest('sha384', point) }), endorsements(), {})).toBe(
      'realm-binding',
    );
  });

  it('a hash algorithm that is none, whatever its name', async () => {
    for (const hash of ['constructor', '__proto__', 'sha-1', '']) {
      expect(await judge(await arm.cca({ bindingHash: hash }), endorsements(), {}), hash).toBe(
        'unsupported-algorithm',
      );
    }
  });

  it('the key of another platform, or none', async () => {
    expect(await judge(await other.cca(), endorsements(), {})).toBe('platform-signature');
    expect(await judge(await arm.cca(), {}, {})).toBe('missing-collateral');
  });

  it('a lifecycle that is not secured is debug', async () => {
    for (const [lifecycle, expected] of [
      [0x3000, 'accepted'],
      [0x30ff, 'accepted'],
      [0x3100, 'policy-debug'],
      [0x4000, 'policy-debug'],
      [0x2000, 'policy-debug'],
      [0, 'policy-debug'],
      [0xffff, 'policy-debug'],
    ] as const) {
      expect(appraisal(await genuine(await arm.cca({ lifecycle }), endorsements(), {}), any)).toBe(expected);
    }
  });

  const psaClaims = (more: [number, Cbor][] = []): Cbor =>
    new Map<number, Cbor>([
      [10, new Uint8Array(32).fill(9)],
      [256, concat(Uint8Array.of(1), new Uint8Array(32))],
      [265, 'tag:psacertified.org,2023:psa#tfm'],
      [2394, 1],
      [2395, 0x3000],
      [2396, new Uint8Array(32)],
      [
        2399,
        [
          new Map<number, Cbor>([
            [1, 'PRoT'],
            [2, new Uint8Array(32).fill(8)],
            [5, new Uint8Array(32)],
          ]),
        ],
      ],
      ...more,
    ]);

  it('PSA: of the right instance', async () => {
    const key = await ecKey('P-256');
    const token = await coseSign1(psaClaims(), key, -7);
    const verified = await genuine(token, { publicKey: key.spki }, {});
    expect(appraisal(verified, { measurements: [{ PRoT: '08'.repeat(32) }], nonce: '09'.repeat(32) })).toBe(
      'accepted',
    );
    expect(await judge(token, { publicKey: arm.platformKey.spki }, {})).toBe('cose-signature');
    expect(await judge(await coseSign1(psaClaims(), key, -35), { publicKey: key.spki }, {})).toBe(
      'cose-signature',
    );
    const debug = await genuine(
      await coseSign1(psaClaims([[2395, 0x4000]]), key, -7),
      { publicKey: key.spki },
      {},
    );
    expect(appraisal(debug, any)).toBe('policy-debug');
    expect(
      await judge(
        await coseSign1(new Map<number, Cbor>([[10, new Uint8Array(32)]]), key, -7),
        { publicKey: key.spki },
        {},
      ),
    ).toBe('missing-claims');
  });

  it('PSA: a Mac0 is never reported as verified', async () => {
    const key = await ecKey('P-256');
    const mac: Cbor = [
      encodeCbor(new Map<number, Cbor>([[1, 5]])),
      new Map(),
      encodeCbor(psaClaims()),
      new Uint8Array(32),
    ];
    const token = encodeCbor(new Tagged(17, mac));
    expect(parsePsaToken(token).claims.get(2394)).toBe(1);
    expect(await judge(token, { publicKey: key.spki }, {})).toBe('symmetric-key-needed');
  });
});

describe('group 29: RA-TLS', () => {
  const TAGGED = '2.23.133.5.4.9';
  const GRAMINE = '0.6.9.42.840.113741.1337.6';
  let intel: FakeIntel;
  let session: FakeKey;
  let endorsements: Awaited<ReturnType<FakeIntel['endorsements']>>;
  beforeAll(async () => {
    intel = await fakeIntel();
    session = await ecKey('P-256');
    endorsements = await intel.endorsements('sgx');
  });

  const quoteOver = async (bytes: Uint8Array, more: QuoteOptions = {}) =>
    intel.quote({ tee: 'sgx', reportData: toHex(await digest('sha256', bytes)).padEnd(128, '0'), ...more });

  async function claimsBuffer(spki: Uint8Array, more: [string, Cbor][] = []): Promise<Uint8Array> {
    const hash = encodeCbor([1, await digest('sha256', spki)]);
    return encodeCbor(new Map<string, Cbor>([['pubkey-hash', hash], ...more]));
  }
  const taggedEvidence = (quote: Uint8Array, buffer: Uint8Array) =>
    encodeCbor(new Tagged(60000, [quote, buffer]));

  async function taggedFor(
    spki: Uint8Array,
    more: [string, Cbor][] = [],
    quote: QuoteOptions = {},
  ): Promise<Uint8Array> {
    const buffer = await claimsBuffer(spki, more);
    return taggedEvidence(await quoteOver(buffer, quote), buffer);
  }

  const certificate = async (extensions: Record<string, Uint8Array>, more = {}) =>
    (await makeCertificate({ subject: 'service', key: session, extensions, ...more })).der;
  const verdict = (der: Uint8Array, sessionKey?: Uint8Array) =>
    judge({ kind: 'ra-tls', certificate: der, ...(sessionKey && { sessionKey }) }, endorsements, {
      intel: [intel.root.der],
    });

  it("tagged evidence, with a nonce; and Gramine's two", async () => {
    const der = await certificate({ [TAGGED]: await taggedFor(session.spki, [['nonce', fromHex('abcd')]]) });
    const verified = await genuine({ kind: 'ra-tls', certificate: der }, endorsements, {
      intel: [intel.root.der],
    });
    expect(verified.claims).toMatchObject({
      bindingHolds: true,
      claimNames: ['pubkey-hash', 'nonce'],
      cborTag: 60000,
    });
    expect(appraisal(verified, { ...any, nonce: 'ABCD' })).toBe('accepted');
    expect(appraisal(verified, { ...any, nonce: 'ab' })).toBe('nonce-mismatch');
    expect(appraisal(verified, {})).toBe('policy-measurement');
    const both = await certificate({
      [TAGGED]: await taggedFor(session.spki),
      [GRAMINE]: await quoteOver(session.spki),
    });
    expect(await verdict(both)).toBe('verified');
  });

  it('evidence for another key', async () => {
    const other = await ecKey('P-256');
    expect(await verdict(await certificate({ [TAGGED]: await taggedFor(other.spki) }))).toBe('key-binding');
    expect(await verdict(await certificate({ [GRAMINE]: await quoteOver(other.spki) }))).toBe('key-binding');
  });

  it('relayed to another session: the certificate is genuine, the key of the session is not its key', async () => {
    const other = await ecKey('P-256');
    const der = await certificate({ [TAGGED]: await taggedFor(session.spki) });
    expect(await verdict(der, session.spki)).toBe('verified');
    expect(await verdict(der, other.spki)).toBe('key-binding');
  });

  it('a claims buffer that was exchanged', async () => {
    const buffer = await claimsBuffer(session.spki);
    const quote = await quoteOver(buffer);
    const exchanged = await claimsBuffer(session.spki, [['admin', 'yes']]);
    expect(await verdict(await certificate({ [TAGGED]: taggedEvidence(quote, exchanged) }))).toBe(
      'claims-binding',
    );
    const without = encodeCbor(new Map<string, Cbor>([['nonce', new Uint8Array(1)]]));
    expect(
      await verdict(await certificate({ [TAGGED]: taggedEvidence(await quoteOver(without), without) })),
    ).toBe('missing-claims');
  });

  it('two extensions that disagree', async () => {
    const other = await ecKey('P-256');
    const tagged = await taggedFor(session.spki);
    expect(
      await verdict(await certificate({ [TAGGED]: tagged, [GRAMINE]: await quoteOver(other.spki) })),
    ).toBe('key-binding');
    const program = await quoteOver(session.spki, { mrEnclave: '77'.repeat(32) });
    expect(await verdict(await certificate({ [TAGGED]: tagged, [GRAMINE]: program }))).toBe('claims-binding');
  });

  it('no evidence, evidence only in the issuer, evidence of a kind that cannot be verified from afar', async () => {
    expect(await verdict(await certificate({}))).toBe('missing-evidence');
    const issuer = { subject: 'issuer', key: await ecKey('P-256') };
    const leaf = await makeCertificate({ subject: 'service', key: session, issuer });
    const above = await makeCertificate({
      ...issuer,
      extensions: { [TAGGED]: await taggedFor(session.spki) },
      ca: true,
    });
    expect(await verdict(concat(leaf.der, above.der))).toBe('missing-evidence');
    const local = encodeCbor(new Tagged(60001, [new Uint8Array(1), await claimsBuffer(session.spki)]));
    expect(await verdict(await certificate({ [TAGGED]: local }))).toBe('unsupported-version');
  });

  it('a convention that does not say how it binds', async () => {
    expect(
      await verdict(await certificate({ '1.2.840.113741.1.5.5.1.6': await quoteOver(session.spki) })),
    ).toBe('key-binding');
    expect(await verdict(await certificate({ '1.2.840.113741.1.13.1': await quoteOver(session.spki) }))).toBe(
      'key-binding',
    );
  });

  it('Open Enclave hashes the PEM text with its terminator', async () => {
    const base64 = btoa(String.fromCharCode(...session.spki)).replace(/.{1,64}/g, '$&\n');
    const text = `-----BEGIN PUBLIC KEY-----\n${base64}-----END PUBLIC KEY-----\n`;
    const wrapped = async (preimage: string) =>
      concat(new Uint8Array(16), await quoteOver(utf8Bytes(preimage)));
    expect(await verdict(await certificate({ '1.2.840.113556.10.1.1': await wrapped(`${text}\0`) }))).toBe(
      'verified',
    );
    expect(await verdict(await certificate({ '1.2.840.113556.10.1.1': await wrapped(text) }))).toBe(
      'key-binding',
    );
  });

  it('dstack, wrapped or bare', async () => {
    const data = toHex(await digest('sha512', concat(utf8Bytes('ratls-cert:'), session.spki)));
    const quote = await intel.quote({ tee: 'sgx', reportData: data });
    for (const value of [quote, octets(quote)]) {
      expect(await verdict(await certificate({ '1.3.6.1.4.1.62397.1.1': value }))).toBe('verified');
    }
  });

  it('the exact bytes of the key are hashed: an explicit NULL is another key', async () => {
    // id-ecPublicKey with its curve, and a NULL after it.
    const [, , ...rest] = session.spki;
    const withNull = Uint8Array.from([
      0x30,
      0x5b,
      0x30,
      0x15,
      ...rest.slice(2, 21),
      0x05,
      0x00,
      ...rest.slice(21),
    ]);
    expect(await verdict(await certificate({ [TAGGED]: await taggedFor(session.spki) }), withNull)).toBe(
      'key-binding',
    );
  });

  it('an expired wrapping, an unknown root, a quote that is not genuine', async () => {
    expect(
      await verdict(await certificate({ [TAGGED]: await taggedFor(session.spki) }, { to: FAKE_NOW - 1000 })),
    ).toBe('cert-expired');
    const der = await certificate({ [TAGGED]: await taggedFor(session.spki) });
    expect(await judge({ kind: 'ra-tls', certificate: der }, endorsements, {})).toBe('untrusted-root');
    const forged = await taggedFor(session.spki, [], { signer: await ecKey('P-256') });
    expect(await verdict(await certificate({ [TAGGED]: forged }))).toBe('quote-signature');
  });

  it('the signature of the wrapping says nothing', async () => {
    const stranger = { subject: 'service', key: await ecKey('P-256') };
    expect(
      await verdict(await certificate({ [TAGGED]: await taggedFor(session.spki) }, { issuer: stranger })),
    ).toBe('verified');
  });
});
