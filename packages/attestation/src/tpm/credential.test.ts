import { createCipheriv, createHmac, generateKeyPairSync, privateDecrypt, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { concat, fromHex, toHex, utf8Bytes } from '../bytes.ts';
import { crypto } from '../crypto/node.ts';
import { rsaKey } from '../keys/rsa.ts';
import { Refusal } from '../refusal.ts';
import { makeCredential } from './credential.ts';
import { nameOf, parseTpmPublic } from './public.ts';

const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const modulus = new Uint8Array(
  Buffer.from(pair.publicKey.export({ format: 'jwk' }).n as string, 'base64url'),
);

/** Public area of an EK of the usual template, with AES keys of that many bits. */
function ekPublic(bits: number, mode = 0x43): Uint8Array {
  const size = (value: number) => Uint8Array.of(value >> 8, value & 255);
  return concat(
    fromHex(`0001000b000300b20020${'83'.repeat(32)}0006`),
    size(bits),
    size(mode),
    fromHex('00100800000000000100'),
    modulus,
  );
}

/** What a TPM does in TPM2_ActivateCredential, with OpenSSL in place of our code. */
function activate(
  blob: Uint8Array,
  encryptedSecret: Uint8Array,
  name: Uint8Array,
  aes: 128 | 256,
): Uint8Array {
  const seed = privateDecrypt(
    { key: pair.privateKey, oaepHash: 'sha256', oaepLabel: Buffer.from('IDENTITY\0') },
    encryptedSecret,
  );
  const kdfa = (label: string, context: Uint8Array, bits: number) => {
    const ending = Buffer.alloc(4);
    ending.writeUInt32BE(bits);
    const mac = createHmac('sha256', seed)
      .update(Uint8Array.of(0, 0, 0, 1))
      .update(`${label}\0`);
    return mac
      .update(context)
      .update(ending)
      .digest()
      .subarray(0, bits / 8);
  };
  const [mac, identity] = [blob.subarray(2, 34), blob.subarray(34)];
  const integrity = kdfa('INTEGRITY', new Uint8Array(), 256);
  expect(toHex(mac)).toBe(createHmac('sha256', integrity).update(identity).update(name).digest('hex'));
  // CFB decrypts with the cipher's forward direction, so the plain text is found block by block.
  const key = kdfa('STORAGE', name, aes);
  const plain = new Uint8Array(identity.length);
  let previous = new Uint8Array(16);
  for (let at = 0; at < identity.length; at += 16) {
    const stream = createCipheriv(`aes-${aes}-ecb`, key, null).update(previous);
    for (const [i, byte] of identity.subarray(at, at + 16).entries())
      plain[at + i] = byte ^ (stream[i] as number);
    previous = identity.slice(at, at + 16);
  }
  return plain.subarray(2, 2 + (((plain[0] as number) << 8) | (plain[1] as number)));
}

describe('makeCredential', () => {
  it.each([
    [128, 32],
    [128, 16],
    [128, 1],
    [256, 32],
  ] as const)('AES-%i: a TPM with the EK opens a secret of %i bytes', async (aes, length) => {
    const ek = parseTpmPublic(ekPublic(aes));
    const name = await nameOf(ek.nameAlg, utf8Bytes('a public area'), crypto);
    const secret = new Uint8Array(randomBytes(length));
    const copy = Uint8Array.from(secret);
    const { credentialBlob, encryptedSecret } = await makeCredential(ek, name, secret);
    expect(toHex(activate(credentialBlob, encryptedSecret, name, aes))).toBe(toHex(copy));
    expect(toHex(secret)).toBe(toHex(copy));
  });

  it('makes another challenge each time', async () => {
    const ek = parseTpmPublic(ekPublic(128));
    const secret = new Uint8Array(32);
    const [a, b] = [await makeCredential(ek, secret, secret), await makeCredential(ek, secret, secret)];
    expect(toHex(a.credentialBlob)).not.toBe(toHex(b.credentialBlob));
    expect(toHex(a.encryptedSecret)).not.toBe(toHex(b.encryptedSecret));
  });

  it.each([
    ['AES of 0 bits', 0, 0x43],
    ['AES of 129 bits', 129, 0x43],
    ['AES of 65535 bits', 65535, 0x43],
    ['AES in CBC mode', 128, 0x42],
  ])('refuses an EK with %s', async (_what, bits, mode) => {
    const made = makeCredential(parseTpmPublic(ekPublic(bits, mode)), new Uint8Array(34), new Uint8Array(32));
    await expect(made).rejects.toThrow(Refusal);
    await expect(made).rejects.toMatchObject({ code: 'unsupported-key-type' });
  });

  it('refuses a secret that is longer than the hash or empty', async () => {
    const ek = parseTpmPublic(ekPublic(128));
    for (const length of [0, 33])
      await expect(makeCredential(ek, new Uint8Array(34), new Uint8Array(length))).rejects.toThrow(
        RangeError,
      );
  });

  it('has the EK’s key', () => {
    expect(parseTpmPublic(ekPublic(128)).key).toEqual(rsaKey(modulus, 65537));
  });
});
