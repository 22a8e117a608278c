import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  EnclaveInfoError,
  formatEnclaveInfo,
  measurementsFor,
  parseEnclaveInfo,
  services,
} from './enclave-info.ts';
import { AuditError, checkAuditors, signEnclaveInfo } from './signatures.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const h = (digit: string, length: number) => digit.repeat(length);

describe('enclave_info.toml', () => {
  it("reads Teaclave's files", () => {
    const info = bytes(
      services
        .map((name) => `[${name}]\nmr_enclave = "${h('a', 64)}"\nmr_signer = "${h('b', 64)}"\n`)
        .join('\n'),
    );
    expect([...parseEnclaveInfo(info).keys()]).toEqual([...services]);
    expect(measurementsFor(info, 'teaclave_frontend_service')).toEqual([
      { mrEnclave: h('a', 64), mrSigner: h('b', 64) },
    ]);
  });

  it('has a set of registers for each TEE, and for each build', () => {
    const info = bytes(`
[[s]]
mr_enclave = "${h('1', 64)}"
mr_td = "${h('2', 96)}"
rtmr3 = "${h('3', 96)}"
[[s]]
measurement = "${h('4', 96)}"
[[s]]
pcr4 = "${h('5', 64)}"
pcr11 = "${h('6', 64)}"
[[s]]
mr_td = "${h('F', 96)}"
`);
    expect(measurementsFor(info, 's')).toEqual([
      { mrEnclave: h('1', 64) },
      { mrTd: h('2', 96), rtmr3: h('3', 96) },
      { measurement: h('4', 96) },
      { pcr4: h('5', 64), pcr11: h('6', 64) },
      { mrTd: h('f', 96) },
    ]);
  });

  it('writes what it reads', () => {
    const build = { mr_td: h('2', 96), rtmr3: h('3', 96), mr_enclave: h('9', 64) };
    const text = formatEnclaveInfo(build);
    expect([...parseEnclaveInfo(bytes(text)).values()]).toEqual(services.map(() => [build]));
    expect(() => formatEnclaveInfo({ mr_td: 'short' })).toThrow(EnclaveInfoError);
  });

  it.each([
    ['no TOML', '[s'],
    ['not UTF-8', '\uFFFF['],
    ['no table', 's = 1'],
    ['no registers', '[s]'],
    ['nobody identified', `[s]\nmr_signer = "${h('b', 64)}"`],
    ['registers alone', `[s]\nrtmr3 = "${h('b', 96)}"`],
    ['unknown register', `[s]\nmr_enclave = "${h('a', 64)}"\nmr_config = "00"`],
    ['a short one', `[s]\nmr_enclave = "${h('a', 62)}"`],
    ['a number', '[s]\nmr_enclave = 12'],
    ['no hexadecimal', `[s]\nmr_enclave = "${h('x', 64)}"`],
    ['no builds', 's = []'],
    ['B8: TDX and a TPM in one table', `[s]\nmr_td = "${h('a', 96)}"\npcr4 = "${h('b', 64)}"`],
    ['B8: TDX and SNP', `[s]\nrtmr0 = "${h('a', 96)}"\nmeasurement = "${h('b', 96)}"`],
    ['pcr32', `[s]\npcr32 = "${h('a', 64)}"`],
  ])('refuses %s', (_what, text) => {
    expect(() => parseEnclaveInfo(bytes(text))).toThrow(
      expect.objectContaining({ code: 'bad-enclave-info' }),
    );
  });

  it('refuses a service it does not know, and files that are too large', () => {
    expect(() => measurementsFor(bytes(formatEnclaveInfo({ mr_td: h('2', 96) })), 'other')).toThrow(
      expect.objectContaining({ code: 'unknown-service' }),
    );
    expect(() => parseEnclaveInfo(new Uint8Array(2 ** 20 + 1))).toThrow(EnclaveInfoError);
  });

  it('only ever throws its own error (fuzz)', () => {
    const base = Buffer.from(formatEnclaveInfo({ mr_td: h('2', 96), rtmr3: h('3', 96) }, ['s']));
    const mutated = fc
      .array(fc.tuple(fc.nat(base.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 })
      .map((changes) => {
        const copy = Buffer.from(base);
        for (const [at, byte] of changes) copy[at] = byte;
        return new Uint8Array(copy);
      });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 200 })), (input) => {
        try {
          parseEnclaveInfo(input);
        } catch (error) {
          expect(error).toBeInstanceOf(EnclaveInfoError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('auditors', () => {
  const info = bytes(formatEnclaveInfo({ mr_td: h('2', 96) }));
  const spki = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString();
  const pkcs8 = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString();
  const [anna, bert, mallory] = [0, 1, 2].map(() => generateKeyPairSync('ed25519')) as [Pair, Pair, Pair];
  type Pair = { publicKey: KeyObject; privateKey: KeyObject };
  const carl = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const rsaPem = carl.publicKey.export({ type: 'pkcs1', format: 'pem' }).toString();
  const keys = [spki(anna.publicKey), spki(bert.publicKey), rsaPem];
  const by = (pair: Pair, what = info) => signEnclaveInfo(what, pkcs8(pair.privateKey));
  const code = (signatures: Uint8Array[], needed: number, some = keys) => {
    try {
      checkAuditors(info, signatures, { keys: some, needed });
      return 'ok';
    } catch (error) {
      if (error instanceof AuditError) return error.code;
      throw error;
    }
  };

  it('k of n, of either kind of key', () => {
    expect(code([by(anna), by(carl)], 2)).toBe('ok');
    expect(code([by(carl)], 1)).toBe('ok');
    expect(code([by(anna), by(bert), by(carl)], 3)).toBe('ok');
    expect(code([by(anna)], 2)).toBe('auditors-missing');
    expect(code([], 1)).toBe('auditors-missing');
  });

  it('the same one three times is one', () => {
    expect(code([by(carl), by(carl), by(carl)], 2)).toBe('auditors-missing');
    const twice = [keys[0], keys[0], keys[0]] as string[];
    expect(code([by(anna)], 2, twice)).toBe('bad-threshold');
    // The same RSA key in its two forms is one auditor.
    expect(code([by(carl)], 2, [rsaPem, spki(carl.publicKey)])).toBe('bad-threshold');
  });

  it('a stranger, other bytes, and garbage are refused even beside enough good ones', () => {
    const enough = [by(anna), by(bert)];
    expect(code([...enough, by(mallory)], 2)).toBe('wrong-signature');
    expect(code([...enough, by(carl, bytes('other'))], 2)).toBe('wrong-signature');
    for (const garbage of [new Uint8Array(), new Uint8Array(64), new Uint8Array(5000)])
      expect(code([...enough, garbage], 2)).toBe('wrong-signature');
  });

  it('nobody needed is no audit', () => {
    for (const needed of [0, -1, 1.5, 4, Number.NaN]) expect(code([by(anna)], needed)).toBe('bad-threshold');
    expect(code([], 1, [])).toBe('bad-threshold');
  });

  it('keys must be public, of two kinds, and long enough', () => {
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey;
    const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
    for (const pem of ['', 'junk', spki(weak), spki(curve), pkcs8(anna.privateKey)])
      expect(code([], 1, [pem])).toBe('bad-auditor-key');
    expect(() => signEnclaveInfo(info, 'junk')).toThrow(expect.objectContaining({ code: 'bad-auditor-key' }));
  });

  it.each(['AQ', 'Aw', 'AQAA', 'AQAC'])(
    'B8: an RSA key with the exponent %s (base64url) is no auditor',
    (e) => {
      const { n = '' } = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({
        format: 'jwk',
      });
      const weak = createPublicKey({ key: { kty: 'RSA', n, e }, format: 'jwk' });
      expect(code([], 1, [spki(weak)])).toBe('bad-auditor-key');
      expect(code([by(anna)], 1, [spki(anna.publicKey), spki(weak)])).toBe('bad-auditor-key');
    },
  );

  it('signs as openssl does', () => {
    // openssl dgst -sha256 -sign makes raw PKCS #1 v1.5, of the length of the modulus.
    expect(by(carl)).toHaveLength(256);
    expect(by(anna)).toHaveLength(64);
  });
});
