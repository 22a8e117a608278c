import { constants, createPublicKey, generateKeyPairSync, publicDecrypt, verify } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isLess, isSmall, multiplyModulo, toLimbs } from '../kernels/rsa/limbs.ts';
import { FunctionError } from '../refusal.ts';
import { runFunction } from '../testing/run.ts';
import { readRsaKey } from './der.ts';
import { rsaSign } from './sign.ts';

/** A key of 2048 bits. */
const exampleKey = (() => {
  const key = rsaSign.entry.example.inputs?.['rsa_key'];
  if (!(key instanceof Uint8Array)) throw new Error('the example has no key');
  return key;
})();

const signWith = (key: Uint8Array, data = 'test data') =>
  runFunction(rsaSign, { data }, { rsa_key: key }, { cut: 100 });

type Numbers = readonly bigint[];

/** version, n, e, d, p, q, dP, dQ, qInv. */
function numbersOf(key: Uint8Array): bigint[] {
  const { n, e, d, p, q, dP, dQ, qInv } = readRsaKey(key);
  return [
    0n,
    ...[n, e, d, p, q, dP, dQ, qInv].map((bytes) => BigInt(`0x${Buffer.from(bytes).toString('hex')}`)),
  ];
}

function tlv(tag: number, value: Uint8Array): Buffer {
  const { length } = value;
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Uint8Array.of(tag, ...head), value]);
}

function encode(numbers: Numbers): Buffer {
  const integers = numbers.map((number) => {
    const hex = number.toString(16);
    const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
    return tlv(2, (bytes[0] as number) < 0x80 ? bytes : Buffer.concat([Uint8Array.of(0), bytes]));
  });
  return tlv(0x30, Buffer.concat(integers));
}

const generate = (modulusLength: number, publicExponent = 65537) =>
  generateKeyPairSync('rsa', { modulusLength, publicExponent }).privateKey.export({
    type: 'pkcs1',
    format: 'der',
  });

describe('builtin-rsa-sign', () => {
  it('signs as RFC 8017 says', async () => {
    const { text } = await signWith(exampleKey);
    expect(text).toHaveLength(344);
    const key = createPublicKey({ key: Buffer.from(exampleKey), format: 'der', type: 'pkcs1' });
    const signature = Buffer.from(text, 'base64');
    expect(verify('sha256', Buffer.from('test data'), key, signature)).toBe(true);
    // DigestInfo of SHA-256, and the digest.
    const info = publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature);
    expect(info.toString('hex')).toBe(
      '3031300d060960864801650304020105000420916f0027a575074ce72a331777c3478d6513f786a591bd892da1a577bf2335f9',
    );
  });

  it.each([3072, 4096])('takes %i bits', async (bits) => {
    expect((await signWith(generate(bits))).text).toHaveLength(4 * Math.ceil(bits / 24));
  });

  const good = numbersOf(exampleKey);
  const change = (index: number, how: (value: bigint) => bigint): Numbers =>
    good.map((value, i) => (i === index ? how(value) : value));

  it('makes the coefficient itself where the primes are the other way round', async () => {
    const [version, n, e, d, p, q, dP, dQ] = good as [
      bigint,
      bigint,
      bigint,
      bigint,
      bigint,
      bigint,
      bigint,
      bigint,
    ];
    const swapped = encode([version, n, e, d, q, p, dQ, dP, 5n]);
    expect((await signWith(swapped)).text).toBe((await signWith(exampleKey)).text);
  });

  it.each<[string, string, () => Uint8Array]>([
    ['a key of another version', 'VersionNotSupported', () => encode(change(0, () => 1n))],
    ['1024 bits', 'TooSmall', () => generate(1024)],
    ['8192 bits', 'TooLarge', () => encode(change(1, (n) => (n << 6144n) + 1n))],
    ['the exponent 3', 'TooSmall', () => generate(2048, 3)],
    ['an exponent of 2^33 + 1', 'TooLarge', () => encode(change(2, () => 2n ** 33n + 1n))],
    ['an even exponent', 'InvalidComponent', () => encode(change(2, () => 65538n))],
    ['an even modulus', 'InvalidComponent', () => encode(change(1, (n) => n + 1n))],
    ['another modulus', 'InconsistentComponents', () => encode(change(1, (n) => n - 2n))],
    ['2560 bits', 'PrivateModulusLenNotMultipleOf512Bits', () => generate(2560)],
    ['a small private exponent', 'InconsistentComponents', () => encode(change(3, () => 65537n))],
    ['an even private exponent', 'InvalidComponent', () => encode(change(3, (d) => d - 1n))],
    [
      'a private exponent above n',
      'InconsistentComponents',
      () => encode(change(3, () => (good[1] as bigint) + 2n)),
    ],
    ['a dP above p', 'InconsistentComponents', () => encode(change(6, () => (good[4] as bigint) + 2n))],
    ['a wrong dQ', 'InconsistentComponents', () => encode(change(7, () => (good[5] as bigint) + 2n))],
    ['a wrong qInv', 'InconsistentComponents', () => encode(change(8, (value) => value - 1n))],
    ['a qInv above p', 'InvalidComponent', () => encode(change(8, () => good[4] as bigint))],
    ['nothing', 'InvalidEncoding', () => new Uint8Array()],
    ['something after the key', 'InvalidEncoding', () => Buffer.concat([exampleKey, Uint8Array.of(0)])],
    ['a key cut short', 'InvalidEncoding', () => exampleKey.subarray(0, -1)],
    ['PEM', 'InvalidEncoding', () => Buffer.from('-----BEGIN RSA PRIVATE KEY-----\n')],
    [
      'PKCS#8',
      'InvalidEncoding',
      () =>
        generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
          type: 'pkcs8',
          format: 'der',
        }),
    ],
    ['20,000 bytes', 'TooLarge', () => new Uint8Array(20_000)],
  ])('refuses %s with %s', async (what, word, key) => {
    await expect(signWith(key())).rejects.toThrow(
      new FunctionError(what === '20,000 bytes' ? 'too-large' : 'invalid-key', word),
    );
  });

  it('answers or refuses any changed key with a typed error', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(exampleKey.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 }),
        async (changes) => {
          const key = Uint8Array.from(exampleKey);
          for (const [at, byte] of changes) key[at] = byte;
          const ended = await signWith(key).catch((error: unknown) => error);
          if (ended instanceof Error) expect(ended).toBeInstanceOf(FunctionError);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('limbs', () => {
  const number = fc.bigInt({ min: 0n, max: 2n ** 80n - 1n });
  const digits = (value: bigint) => toLimbs(Buffer.from(value.toString(16).padStart(20, '0'), 'hex'), 5);
  const fromLimbs = (digits: Uint16Array) =>
    digits.reduceRight((value, digit) => value * 65536n + BigInt(digit), 0n);

  it('compute as BigInt does', () => {
    fc.assert(
      fc.property(number, number, number, (a, b, m) => {
        const modulus = m + 1n > 2n ** 80n - 1n ? m : m + 1n;
        const product = multiplyModulo(digits(a % modulus), digits(b), digits(modulus));
        expect(fromLimbs(product)).toBe(((a % modulus) * b) % modulus);
        expect(isLess(digits(a), digits(b))).toBe(a < b);
        expect(isSmall(digits(a), Number(a & 0xffffn))).toBe(a < 65536n);
      }),
    );
  });
});
