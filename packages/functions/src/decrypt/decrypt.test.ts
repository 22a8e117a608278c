import { createCipheriv, randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { FunctionError, type FunctionRefusal } from '../refusal.ts';
import { runFunction } from '../testing/run.ts';
import { decodeBase64 } from './base64.ts';
import { onlineDecrypt } from './decrypt.ts';

const given = {
  nonce: 'AAECAwQFBgcICQoL',
  key: 'aqUdgZ0lJnuz9yiPkoDxM6ZcTcVVpd4KKLqzbHD88Lg=',
  encrypted_data: 'CaZd8qSMMlBp8SjSXj2I4dQIuC9KkZ5DI/ATo1sWJw==',
  algorithm: 'aes256gcm',
};
const decrypt = async (more: Readonly<Record<string, unknown>> = {}) =>
  (await runFunction(onlineDecrypt, { ...given, ...more })).text;

function seal(plaintext: Uint8Array): Record<string, string> {
  const [key, nonce] = [randomBytes(16), randomBytes(12)];
  const cipher = createCipheriv('aes-128-gcm', key, nonce);
  const sealed = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  const [k, n, encrypted_data] = [key, nonce, sealed].map((bytes) => bytes.toString('base64'));
  return {
    key: k as string,
    nonce: n as string,
    encrypted_data: encrypted_data as string,
    algorithm: 'aes128gcm',
  };
}

describe('builtin_online_decrypt', () => {
  it("decrypts the contract's text", async () => {
    expect(await decrypt()).toBe('Hello Teaclave!');
  });

  it('uses the first 12 bytes of a longer nonce', async () => {
    const nonce = Buffer.concat([Buffer.from(given.nonce, 'base64'), Uint8Array.of(1, 2, 3)]).toString(
      'base64',
    );
    expect(await decrypt({ nonce })).toBe('Hello Teaclave!');
  });

  it('decrypts what node:crypto encrypts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (text) => {
        expect(await decrypt(seal(Buffer.from(text)))).toBe(text);
      }),
    );
    expect(await decrypt(seal(Buffer.from('\ufeffa')))).toBe('\ufeffa');
  });

  it.each<[Record<string, unknown>, FunctionRefusal, string]>([
    [{ algorithm: 'AES256GCM' }, 'invalid-arguments', 'Invalid algorithm'],
    [{ algorithm: 'constructor' }, 'invalid-arguments', 'Invalid algorithm'],
    [{ algorithm: 'aes128gcm' }, 'decryption-failed', 'decryption error'],
    [{ key: 'aqUdgZ0lJnuz9yiPkoDxMw==' }, 'decryption-failed', 'decryption error'],
    [{ encrypted_data: 'AAAA' }, 'decryption-failed', 'decryption error'],
    [{ encrypted_data: '' }, 'decryption-failed', 'decryption error'],
    [
      { encrypted_data: 'CaZd8qSMMlBp8SjSXj2I4dQIuC9KkZ5DI/ATo1sWKA==' },
      'decryption-failed',
      'decryption error',
    ],
    [
      { nonce: 'AAECAwQFBgcICQo=' },
      'invalid-arguments',
      'The argument "nonce" must be base64 of at least 12 bytes, not of 11.',
    ],
    [{ key: '!!!!' }, 'invalid-arguments', 'Invalid byte 33, offset 0.'],
    [{ key: 1 }, 'invalid-arguments', 'Cannot deserialize arguments'],
    [{ nonce: undefined }, 'invalid-arguments', 'Cannot deserialize arguments'],
    [seal(Uint8Array.of(0xff)), 'decryption-failed', 'base64 decoded error'],
  ])('refuses %j', async (more, code, message) => {
    await expect(decrypt(more)).rejects.toThrow(new FunctionError(code, message));
  });
});

describe('base64', () => {
  it.each([
    ['', ''],
    ['YQ==', 'a'],
    ['YQ', 'a'],
    ['YWI=', 'ab'],
    ['YWJj', 'abc'],
    ['+/+/', Buffer.from('fbffbf', 'hex').toString('latin1')],
  ])('%j', (encoded, text) => {
    expect(Buffer.from(decodeBase64(encoded)).toString('latin1')).toBe(text);
  });

  it.each([
    ['YQ==\n', 'Invalid byte 10, offset 4.'],
    ['A', 'Encoded text cannot have a 6-bit remainder.'],
    ['AAAA=', 'Encoded text cannot have a 6-bit remainder.'],
    ['YWJj====', 'Invalid byte 61, offset 4.'],
    ['Y===', 'Invalid byte 61, offset 1.'],
    ['YQ==YQ==', 'Invalid byte 61, offset 2.'],
    ['YW=j', 'Invalid byte 61, offset 2.'],
    ['-_-_', 'Invalid byte 45, offset 0.'],
    ['YR==', 'Invalid last symbol 82, offset 1.'],
    ['YWJ', 'Invalid last symbol 74, offset 2.'],
  ])('refuses %j', (encoded, message) => {
    expect(() => decodeBase64(encoded)).toThrow(new FunctionError('invalid-arguments', message));
  });

  it.each(['YWJj', 'YWJjYWJjYWJ', 'YWJj!', 'YWJjA'])('wipes its copy of %j', (encoded) => {
    const made = vi.spyOn(Buffer, 'from');
    try {
      decodeBase64(encoded);
    } catch (error) {
      expect(error).toBeInstanceOf(FunctionError);
    }
    const copies = made.mock.results.map(({ value }) => [...(value as Buffer)]);
    made.mockRestore();
    expect(copies).toEqual([Array(encoded.length).fill(0)]);
  });

  it('decodes what Buffer encodes, and refuses the rest with a typed error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.string(), (bytes, text) => {
        expect(decodeBase64(Buffer.from(bytes).toString('base64'))).toEqual(bytes);
        try {
          expect(Buffer.from(decodeBase64(text)).toString('base64').replace(/=+$/, '')).toBe(
            text.replace(/=+$/, ''),
          );
        } catch (error) {
          expect(error).toBeInstanceOf(FunctionError);
        }
      }),
    );
  });
});
