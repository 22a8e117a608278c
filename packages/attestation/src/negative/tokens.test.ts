import { issueEar } from '@gaiwan/attestation-kit';
import { ecKey, FAKE_NOW, type FakeAws, type FakeKey, fakeAws } from '@gaiwan/attestation-kit/machines';
import { beforeAll, describe, expect, it } from 'vitest';
import { appraisal, genuine, judge } from '../../test/verdicts.ts';
import { concat, fromBase64Url, fromHex, toBase64Url, utf8Bytes } from '../bytes.ts';
import { type Cbor, Tagged } from '../cbor/decode.ts';
import { encodeCbor } from '../cbor/encode.ts';
import type { EarSubmodule } from '../results/ear.ts';
import type { JwtChecks } from '../results/jwt.ts';

const HOUR = 3_600_000;

type Claims = Record<string, unknown>;
const decoded = (part: string) => JSON.parse(new TextDecoder().decode(fromBase64Url(part))) as Claims;

let aws: FakeAws;
beforeAll(async () => {
  aws = await fakeAws();
});

const roots = () => ({ aws: [aws.root.der] });
const verdict = (document: Uint8Array, at?: number) => judge({ kind: 'nitro', document }, {}, roots(), at);
const header = (entries: [Cbor, Cbor][]) => encodeCbor(new Map(entries as [number, Cbor][]));

describe('group 21: COSE and CBOR of Nitro documents', () => {
  it('another algorithm in the protected header, or in the unprotected one', async () => {
    for (const algorithm of [-7, -36, -8, -37, 5, 'ES384', null]) {
      expect(await verdict(await aws.document({ protectedHeader: header([[1, algorithm]]) }))).toBe(
        'unsupported-algorithm',
      );
    }
    const unprotectedHeader = new Map<number, Cbor>([[1, -35]]);
    expect(await verdict(await aws.document({ protectedHeader: new Uint8Array(), unprotectedHeader }))).toBe(
      'unsupported-algorithm',
    );
    expect(await verdict(await aws.document({ protectedHeader: header([]), unprotectedHeader }))).toBe(
      'unsupported-algorithm',
    );
  });

  it('critical headers that nobody understands', async () => {
    const protectedHeader = header([
      [1, -35],
      [2, [99]],
      [99, 1],
    ]);
    expect(await verdict(await aws.document({ protectedHeader }))).toBe('unsupported-algorithm');
  });

  it('a signature in DER, with another key, of zeros', async () => {
    const der: FakeKey = { ...aws.leaf.key, sign: (data) => aws.leaf.key.signDer(data) };
    expect(await verdict(await aws.document({ signer: der }))).toBe('cose-signature');
    expect(await verdict(await aws.document({ signer: await ecKey('P-384') }))).toBe('cose-signature');
    const zeros: FakeKey = { ...aws.leaf.key, sign: () => Promise.resolve(new Uint8Array(96)) };
    expect(await verdict(await aws.document({ signer: zeros }))).toBe('cose-signature');
  });

  it('tagged and untagged, definite and indefinite', async () => {
    expect(await verdict(await aws.document({ tagged: true }))).toBe('verified');
    const members = Object.entries(aws.fields).map(([key, value]) =>
      concat(encodeCbor(key), encodeCbor(value)),
    );
    const payload = concat(Uint8Array.of(0xbf), ...members, Uint8Array.of(0xff));
    const verified = await genuine(await aws.document({ payload }), {}, roots());
    expect(verified.claims['payloadMapIndefinite']).toBe(true);
    expect(
      await verdict(
        encodeCbor(new Tagged(98, [new Uint8Array(), new Map(), new Uint8Array(), new Uint8Array()])),
      ),
    ).toBe('malformed');
  });

  it('a key that stands twice, bytes after the end, an unfinished map', async () => {
    const members = Object.entries(aws.fields).map(([key, value]) =>
      concat(encodeCbor(key), encodeCbor(value)),
    );
    const twice = concat(encodeCbor('nonce'), encodeCbor(Uint8Array.of(1)));
    expect(
      await verdict(await aws.document({ payload: concat(Uint8Array.of(0xaa), ...members, twice) })),
    ).toBe('malformed');
    expect(
      await verdict(
        await aws.document({ payload: concat(Uint8Array.of(0xa9), ...members, Uint8Array.of(0)) }),
      ),
    ).toBe('malformed');
    expect(await verdict(await aws.document({ payload: concat(Uint8Array.of(0xbf), ...members) }))).toBe(
      'malformed',
    );
    expect(await verdict(concat(await aws.document(), Uint8Array.of(0)))).toBe('malformed');
  });

  const many = (count: number): Cbor => Array.from({ length: count }, () => aws.root.der);
  it.each([
    ['no module id', { module_id: undefined }],
    ['an empty module id', { module_id: '' }],
    ['a null timestamp', { timestamp: null }],
    ['a timestamp of 0', { timestamp: 0 }],
    ['another digest', { digest: 'SHA256' }],
    ['a null certificate', { certificate: null }],
    ['an empty certificate', { certificate: new Uint8Array() }],
    ['no PCRs', { pcrs: undefined }],
    ['an empty map of PCRs', { pcrs: new Map() }],
    ['PCR 32', { pcrs: new Map([[32, new Uint8Array(48)]]) }],
    ['PCR -1', { pcrs: new Map([[-1, new Uint8Array(48)]]) }],
    ['a PCR of 47 bytes', { pcrs: new Map([[0, new Uint8Array(47)]]) }],
    ['an empty bundle', { cabundle: [] }],
    ['a null bundle', { cabundle: null }],
    ['a bundle of texts', { cabundle: ['root'] }],
    ['an empty public key', { public_key: new Uint8Array() }],
    ['user data of 1025 bytes', { user_data: new Uint8Array(1025) }],
    ['a nonce that is a text', { nonce: 'abc' }],
  ] as [string, Record<string, Cbor>][])('%s', async (_what, fields) => {
    expect(await verdict(await aws.document({ fields }))).toBe('malformed');
  });

  it('a bundle of 9, a CBOR tree without end', async () => {
    expect(await verdict(await aws.document({ fields: { cabundle: many(9) } }))).toBe('malformed');
    expect(await verdict(await aws.document({ payload: new Uint8Array(60_000).fill(0x81) }))).toBe(
      'malformed',
    );
  });
});

describe('group 22: the time of verification is explicit', () => {
  it('a document is not fresh because it once was', async () => {
    const document = await aws.document();
    expect(await verdict(document, FAKE_NOW + HOUR)).toBe('verified');
    expect(await verdict(document, FAKE_NOW + 3 * HOUR)).toBe('cert-expired');
    await expect(judge(document, {}, roots(), Number.NaN)).rejects.toThrow(TypeError);
  });

  it('an age can be asked for', async () => {
    const verified = await genuine(await aws.document(), {}, roots(), FAKE_NOW + HOUR);
    expect(appraisal(verified, { anyMeasurement: true, maximumAge: 3600 })).toBe('accepted');
    expect(appraisal(verified, { anyMeasurement: true, maximumAge: 3599 })).toBe('policy-age');
    const future = await genuine(await aws.document(), {}, roots(), FAKE_NOW - HOUR / 2);
    expect(appraisal(future, { anyMeasurement: true, maximumAge: 3600 })).toBe('policy-age');
  });

  it('a document from outside the life of its certificate', async () => {
    expect(await verdict(await aws.document({ fields: { timestamp: FAKE_NOW - 2 * HOUR } }))).toBe(
      'cert-expired',
    );
  });
});

describe('group 23: nothing is not success', () => {
  it.each([
    ['no bytes', new Uint8Array()],
    ['one byte', Uint8Array.of(0)],
    ['a text', utf8Bytes('attestation unavailable')],
    ['an empty JSON object', utf8Bytes('{}')],
    ['an empty map', Uint8Array.of(0xa0)],
    ['an error page', utf8Bytes('<html>502</html>')],
  ])('%s', async (_what, bytes) => {
    expect(await judge(bytes, {}, {})).toBe('malformed');
  });
});

describe('group 24: tokens', () => {
  const affirming: EarSubmodule = { status: 'affirming', vector: { hardware: 2, executables: 2 } };
  const verifier = { developer: 'https://example.org', build: 'test 1' };
  let key: FakeKey;
  let jwk: Record<string, string>;
  beforeAll(async () => {
    key = await ecKey('P-256');
    const point = key.spki.subarray(-64);
    jwk = {
      kty: 'EC',
      crv: 'P-256',
      x: toBase64Url(point.subarray(0, 32)),
      y: toBase64Url(point.subarray(32)),
      kid: 'a',
    };
  });

  const issue = (submodules: Record<string, EarSubmodule>, more: Record<string, unknown> = {}) =>
    issueEar(
      { issuedAt: FAKE_NOW / 1000, verifier, submodules },
      { alg: 'ES256', kid: 'a', sign: (data) => key.sign(data) },
      more,
    );
  const check = (token: string, checks: Partial<JwtChecks> = {}) =>
    judge({ kind: 'ear', token }, { results: { keys: jwk, ...checks } }, {});
  /** A token with another header or payload, signed again. */
  const resigned = async (
    changedHeader: object,
    changedPayload: (claims: Claims) => object,
    sign = key.sign,
  ) => {
    const [head, body] = (await issue({ tee: affirming })).split('.').slice(0, 2).map(decoded) as [
      Claims,
      Claims,
    ];
    const parts = [{ ...head, ...changedHeader }, changedPayload(body)].map((part) =>
      toBase64Url(utf8Bytes(JSON.stringify(part))),
    );
    return `${parts.join('.')}.${toBase64Url(await sign(utf8Bytes(parts.join('.'))))}`;
  };

  it('one that we issue verifies, and is accepted when affirming', async () => {
    const token = await issue({ tee: affirming });
    const verified = await genuine({ kind: 'ear', token }, { results: { keys: { keys: [jwk] } } }, {});
    expect(verified).toMatchObject({
      kind: 'ear',
      ear: { status: 'affirming', submodules: { tee: affirming } },
    });
    expect(appraisal(verified, {})).toBe('accepted');
    expect(appraisal(verified, { maximumAge: 60 })).toBe('accepted');
    expect(appraisal(verified, { nonce: '00' })).toBe('nonce-mismatch');
    const nonce = fromHex('c0ffee00c0ffee00');
    const fresh = await issue({ tee: affirming }, { eat_nonce: toBase64Url(nonce) });
    const bound = await genuine({ kind: 'ear', token: fresh }, { results: { keys: jwk } }, {});
    expect(appraisal(bound, { nonce: 'C0FFEE00C0FFEE00' })).toBe('accepted');
    expect(appraisal(bound, { nonce: 'c0ffee00' })).toBe('nonce-mismatch');
  });

  it('no algorithm, a symmetric one with the public key, one that is not allowed', async () => {
    const same = (claims: Record<string, unknown>) => claims;
    expect(await check(await resigned({ alg: 'none' }, same, () => Promise.resolve(new Uint8Array())))).toBe(
      'jwt-signature',
    );
    const secret = utf8Bytes(JSON.stringify(jwk));
    const hmac = async (data: Uint8Array) => {
      const imported = await globalThis.crypto.subtle.importKey(
        'raw',
        secret as Uint8Array<ArrayBuffer>,
        { name: 'HMAC', hash: 'SHA-256' },
        false,
        ['sign'],
      );
      return new Uint8Array(
        await globalThis.crypto.subtle.sign('HMAC', imported, data as Uint8Array<ArrayBuffer>),
      );
    };
    expect(await check(await resigned({ alg: 'HS256' }, same, hmac))).toBe('jwt-signature');
    for (const alg of ['RS256', 'ES384', 'EdDSA', 'PS256', 'constructor']) {
      expect(await check(await resigned({ alg }, same)), alg).toBe('jwt-signature');
    }
    expect(await check(await issue({ tee: affirming }), { algorithms: ['ES384'] })).toBe('jwt-signature');
  });

  it('a header does not choose the key', async () => {
    const other = await ecKey('P-256');
    const point = other.spki.subarray(-64);
    const own = {
      kty: 'EC',
      crv: 'P-256',
      x: toBase64Url(point.subarray(0, 32)),
      y: toBase64Url(point.subarray(32)),
    };
    for (const changed of [
      { jwk: own },
      { jku: 'https://attacker.example/keys' },
      { x5u: 'https://attacker.example/x5c' },
    ]) {
      expect(await check(await resigned(changed, (claims) => claims, other.sign))).toBe('jwt-signature');
    }
    expect(await check(await resigned({ kid: 'b' }, (claims) => claims))).toBe('jwt-signature');
    expect(await check(await resigned({ crit: ['exp'] }, (claims) => claims))).toBe('jwt-signature');
    expect(await check(await issue({ tee: affirming }), { keys: { kty: 'oct', k: 'AAAA' } })).toBe(
      'unsupported-key-type',
    );
  });

  it('times and audience', async () => {
    const now = FAKE_NOW / 1000;
    expect(await check(await issue({ tee: affirming }, { exp: now - 61 }))).toBe('collateral-expired');
    expect(await check(await issue({ tee: affirming }, { exp: now + 1 }))).toBe('verified');
    expect(await check(await issue({ tee: affirming }, { nbf: now + 61 }))).toBe('collateral-not-yet-valid');
    expect(await check(await issue({ tee: affirming }, { exp: 'never' }))).toBe('malformed');
    expect(await check(await issue({ tee: affirming }, { aud: 'a' }), { audience: 'b' })).toBe(
      'missing-claims',
    );
    expect(await check(await issue({ tee: affirming }), { audience: 'b' })).toBe('missing-claims');
    expect(await check(await issue({ tee: affirming }, { aud: ['a', 'b'] }), { audience: 'b' })).toBe(
      'verified',
    );
  });

  it('the worst submodule counts', async () => {
    const bad: EarSubmodule = { status: 'contraindicated' };
    for (const submodules of [
      { tee: affirming, gpu: bad },
      { gpu: bad, tee: affirming },
    ]) {
      const verified = await genuine(
        { kind: 'ear', token: await issue(submodules) },
        { results: { keys: jwk } },
        {},
      );
      expect(verified).toMatchObject({ ear: { status: 'contraindicated' } });
      expect(appraisal(verified, {})).toBe('policy-status');
    }
    const silent = await genuine(
      { kind: 'ear', token: await issue({ tee: affirming, gpu: { status: 'none' } }) },
      { results: { keys: jwk } },
      {},
    );
    expect(appraisal(silent, {})).toBe('policy-status');
  });

  it('a status that is better than its vector, an overall one that is better than its parts', async () => {
    await expect(issue({ tee: { status: 'affirming', vector: { hardware: 97 } } })).rejects.toMatchObject({
      code: 'missing-claims',
    });
    const overall = await resigned({}, (claims) => ({
      ...claims,
      ear_status: 'affirming',
      submods: { a: { ear_status: 'warning' } },
    }));
    expect(await check(overall)).toBe('missing-claims');
  });

  it.each([
    ['no profile', { eat_profile: undefined }],
    ['another profile', { eat_profile: 'tag:example.org,2026:other' }],
    ['no submodule', { submods: {} }],
    ['no verifier', { ear_verifier_id: undefined }],
    ['no time of issue', { iat: undefined }],
    ['a submodule without a status', { submods: { a: {} } }],
    ['a status that does not exist', { submods: { a: { ear_status: 'great' } } }],
  ])('%s', async (_what, changed) => {
    expect(await check(await resigned({}, (claims) => ({ ...claims, ...changed })))).toBe('missing-claims');
  });

  it('both generations of names, words and numbers', async () => {
    const old = await resigned({}, (claims) => ({
      eat_profile: 'tag:github.com,2023:veraison/ear',
      iat: claims['iat'],
      'ear.verifier-id': verifier,
      submods: {
        tee: {
          'ear.status': 2,
          'ear.trustworthiness-vector': { hardware: 2 },
          'ear.appraisal-policy-id': 'p',
        },
      },
    }));
    const verified = await genuine({ kind: 'ear', token: old }, { results: { keys: jwk } }, {});
    expect(verified).toMatchObject({
      ear: { submodules: { tee: { status: 'affirming', policyIds: ['p'] } } },
    });
  });
});
