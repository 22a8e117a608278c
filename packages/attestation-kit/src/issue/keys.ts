/** Keys that sign, by WebCrypto: in Node and in browsers. */
import type { webcrypto } from 'node:crypto';
import { toUnshared } from '@gaiwan/attestation/bytes';
import { element, integer, tag } from '@gaiwan/attestation/der';
import { oid, sequence } from './der.ts';

/** A key pair that signs. Its private half is in WebCrypto; `export` gives it away. */
export interface SigningKey {
  /** PKCS #8, DER: for what is to be kept. */
  readonly export: () => Promise<Uint8Array>;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array;
  /** AlgorithmIdentifier of its signatures in certificates, DER. */
  readonly algorithm: Uint8Array;
  /** As in COSE, quotes and JWTs: r ‖ s, or the number of RSA. */
  readonly sign: (data: Uint8Array) => Promise<Uint8Array>;
  /** As in certificates: DER for ECDSA. */
  readonly signDer: (data: Uint8Array) => Promise<Uint8Array>;
}

const { subtle } = globalThis.crypto;

async function spkiOf(key: webcrypto.CryptoKey): Promise<Uint8Array> {
  return new Uint8Array(await subtle.exportKey('spki', key));
}

type Pair = { readonly privateKey: webcrypto.CryptoKey; readonly publicKey: webcrypto.CryptoKey };

const pkcs8 = async (key: webcrypto.CryptoKey) => new Uint8Array(await subtle.exportKey('pkcs8', key));

/** A new key: P-256 with SHA-256, or P-384 with SHA-384. */
export async function ecKey(curve: 'P-256' | 'P-384'): Promise<SigningKey> {
  return ecKeyOf(
    await subtle.generateKey({ name: 'ECDSA', namedCurve: curve }, true, ['sign', 'verify']),
    curve,
  );
}

/** A P-256 key that was exported. */
export async function importEcKey(bytes: Uint8Array): Promise<SigningKey> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const key = await subtle.importKey('pkcs8', toUnshared(bytes), algorithm, true, ['sign']);
  const { d: _secret, key_ops: _ops, ...half } = await subtle.exportKey('jwk', key);
  return ecKeyOf(
    { privateKey: key, publicKey: await subtle.importKey('jwk', half, algorithm, true, ['verify']) },
    'P-256',
  );
}

async function ecKeyOf(pair: Pair, curve: 'P-256' | 'P-384'): Promise<SigningKey> {
  const hash = curve === 'P-256' ? 'SHA-256' : 'SHA-384';
  const sign = async (data: Uint8Array) =>
    new Uint8Array(await subtle.sign({ name: 'ECDSA', hash }, pair.privateKey, toUnshared(data)));
  return {
    export: () => pkcs8(pair.privateKey),
    spki: await spkiOf(pair.publicKey),
    algorithm: sequence(oid(curve === 'P-256' ? '1.2.840.10045.4.3.2' : '1.2.840.10045.4.3.3')),
    sign,
    async signDer(data) {
      const raw = await sign(data);
      const size = raw.length / 2;
      return element(tag.sequence, integer(raw.subarray(0, size)), integer(raw.subarray(size)));
    },
  };
}

/** PSS-params of AMD's certificates: SHA-384 throughout, 48 bytes of salt. */
function pssAlgorithm(): Uint8Array {
  const sha384 = sequence(oid('2.16.840.1.101.3.4.2.2'), element(tag.null));
  const explicit = (n: number, part: Uint8Array) => element(0xa0 | n, part);
  return sequence(
    oid('1.2.840.113549.1.1.10'),
    sequence(
      explicit(0, sha384),
      explicit(1, sequence(oid('1.2.840.113549.1.1.8'), sha384)),
      explicit(2, element(tag.integer, Uint8Array.of(48))),
    ),
  );
}

type Padding = 'pss' | 'pkcs1';

const rsaAlgorithm = (padding: Padding) =>
  padding === 'pss' ? { name: 'RSA-PSS', hash: 'SHA-384' } : { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };

/** RSA: "pss" with SHA-384 as AMD uses it, or "pkcs1" with SHA-256 as TPMs and Teaclave's reports do. */
export async function rsaKey(padding: Padding, bits = 2048): Promise<SigningKey> {
  const parameters = {
    ...rsaAlgorithm(padding),
    modulusLength: bits,
    publicExponent: Uint8Array.of(1, 0, 1),
  };
  return rsaKeyOf(await subtle.generateKey(parameters, true, ['sign', 'verify']), padding);
}

/** An RSA key that was exported. */
export async function importRsaKey(bytes: Uint8Array, padding: Padding): Promise<SigningKey> {
  const algorithm = rsaAlgorithm(padding);
  const key = await subtle.importKey('pkcs8', toUnshared(bytes), algorithm, true, ['sign']);
  const { kty, n, e } = await subtle.exportKey('jwk', key);
  if (kty === undefined || n === undefined || e === undefined)
    throw new TypeError('An RSA key without a modulus.');
  const half: webcrypto.JsonWebKey = { kty, n, e };
  const publicKey = await subtle.importKey('jwk', half, algorithm, true, ['verify']);
  return rsaKeyOf({ privateKey: key, publicKey }, padding);
}

async function rsaKeyOf(pair: Pair, padding: Padding): Promise<SigningKey> {
  const pss = padding === 'pss';
  const { name } = rsaAlgorithm(padding);
  const sign = async (data: Uint8Array) =>
    new Uint8Array(
      await subtle.sign(pss ? { name, saltLength: 48 } : { name }, pair.privateKey, toUnshared(data)),
    );
  return {
    export: () => pkcs8(pair.privateKey),
    spki: await spkiOf(pair.publicKey),
    algorithm: pss ? pssAlgorithm() : sequence(oid('1.2.840.113549.1.1.11'), element(tag.null)),
    sign,
    signDer: sign,
  };
}
