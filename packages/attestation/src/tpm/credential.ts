/**
 * The verifier's side of credential activation (TPM 2.0 Library, Part 1, 24; Part 3, TPM2_MakeCredential): a secret that
 * only the TPM with this EK can open, and only for a key of this name. WebCrypto does the work in Node and in browsers.
 */
import { byteAt, concat, toUnshared, utf8Bytes } from '../bytes.ts';
import { type Hash, hashBytes, spkiOf } from '../crypto/crypto.ts';
import { Refusal } from '../refusal.ts';
import { hashOf } from '../tcg/algorithms.ts';
import type { TpmPublic } from './public.ts';

const AES = 0x0006;
const CFB = 0x0043;
const names: Readonly<Record<Hash, string>> = {
  sha1: 'SHA-1',
  sha256: 'SHA-256',
  sha384: 'SHA-384',
  sha512: 'SHA-512',
};

/** What the TPM is given: TPM2_ActivateCredential opens it. */
export interface Challenge {
  /** Content of TPM2B_ID_OBJECT. */
  readonly credentialBlob: Uint8Array;
  /** Content of TPM2B_ENCRYPTED_SECRET. */
  readonly encryptedSecret: Uint8Array;
}

const u16 = (value: number): Uint8Array => Uint8Array.of(value >> 8, value & 255);
const u32 = (value: number): Uint8Array => concat(u16(value >>> 16), u16(value & 0xffff));

async function hmac(hash: Hash, key: Uint8Array, data: Uint8Array): Promise<Uint8Array> {
  const { subtle } = globalThis.crypto;
  const algorithm = { name: 'HMAC', hash: names[hash] };
  const imported = await subtle.importKey('raw', toUnshared(key), algorithm, false, ['sign']);
  return new Uint8Array(await subtle.sign('HMAC', imported, toUnshared(data)));
}

interface Derivation {
  readonly hash: Hash;
  /** The secret that is derived from. */
  readonly key: Uint8Array;
  readonly label: string;
  readonly context?: Uint8Array;
  readonly bits: number;
}

/** KDFa (Part 1, 11.4.10.2): SP 800-108 in counter mode over HMAC. */
async function deriveKey(derivation: Derivation): Promise<Uint8Array> {
  const { hash, key, label, context = new Uint8Array(), bits } = derivation;
  const out: Uint8Array[] = [];
  for (let counter = 1; out.length * hashBytes[hash] * 8 < bits; counter++) {
    out.push(await hmac(hash, key, concat(u32(counter), utf8Bytes(`${label}\0`), context, u32(bits))));
  }
  const joined = concat(...out);
  const derived = joined.slice(0, bits / 8);
  for (const part of [...out, joined]) part.fill(0);
  return derived;
}

/** AES-CFB with a zero IV. WebCrypto has no CFB: each block's key stream is one block of AES-CBC with a zero IV. */
async function aesCfb(key: Uint8Array, plain: Uint8Array): Promise<Uint8Array> {
  const { subtle } = globalThis.crypto;
  const imported = await subtle.importKey('raw', toUnshared(key), 'AES-CBC', false, ['encrypt']);
  const out = new Uint8Array(plain.length);
  let previous = new Uint8Array(16);
  for (let at = 0; at < plain.length; at += 16) {
    const algorithm = { name: 'AES-CBC', iv: new Uint8Array(16) };
    const stream = new Uint8Array(await subtle.encrypt(algorithm, imported, previous));
    const block = plain.subarray(at, at + 16);
    for (const [i, byte] of block.entries()) out[at + i] = byte ^ byteAt(stream, i);
    previous = out.slice(at, at + 16);
  }
  return out;
}

/** RSAES-OAEP with the EK's name hash and the label that activation uses, its terminator included. */
async function oaep(ek: TpmPublic, hash: Hash, seed: Uint8Array): Promise<Uint8Array> {
  const { subtle } = globalThis.crypto;
  const algorithm = { name: 'RSA-OAEP', hash: names[hash] };
  const key = await subtle.importKey('spki', toUnshared(spkiOf(ek.key)), algorithm, false, ['encrypt']);
  const label = toUnshared(utf8Bytes('IDENTITY\0'));
  return new Uint8Array(await subtle.encrypt({ name: 'RSA-OAEP', label }, key, toUnshared(seed)));
}

/** The half that is the same for each seed: what TPM2_ActivateCredential checks and opens. */
export async function sealCredential(
  ek: TpmPublic,
  akName: Uint8Array,
  secret: Uint8Array,
  seed: Uint8Array,
): Promise<Uint8Array> {
  const hash = hashOf(ek.nameAlg);
  const storageKey = await deriveKey({
    hash,
    key: seed,
    label: 'STORAGE',
    context: akName,
    bits: ek.symmetric.bits,
  });
  const integrityKey = await deriveKey({ hash, key: seed, label: 'INTEGRITY', bits: hashBytes[hash] * 8 });
  const plain = concat(u16(secret.length), secret);
  try {
    const identity = await aesCfb(storageKey, plain);
    const mac = await hmac(hash, integrityKey, concat(identity, akName));
    return concat(u16(mac.length), mac, identity);
  } finally {
    for (const bytes of [storageKey, integrityKey, plain]) bytes.fill(0);
  }
}

/**
 * A challenge that only the TPM of `ek` answers, and only if it holds the key named `akName`: who answers it proves that the key lives
 * beside that EK.
 *
 * @param ek of a genuine TPM: see `verifyEk`
 * @param akName see `nameOf`
 * @param secret at most as long as the EK's name hash; the caller compares the answer with it, in constant time, and wipes it
 * @throws {Refusal} `unsupported-key-type` for an EK that is not RSA with AES-CFB (the default EKs of TPMs)
 * @throws {RangeError} for a secret that is empty or too long
 *
 * @example
 * const secret = crypto.getRandomValues(new Uint8Array(32));
 * const challenge = await makeCredential(ek, await nameOf(ak.nameAlg, ak.bytes, engine), secret);
 */
export async function makeCredential(
  ek: TpmPublic,
  akName: Uint8Array,
  secret: Uint8Array,
): Promise<Challenge> {
  const hash = hashOf(ek.nameAlg);
  const { algorithm, bits, mode } = ek.symmetric;
  if (ek.type !== 'rsa' || algorithm !== AES || mode !== CFB || (bits !== 128 && bits !== 256)) {
    throw new Refusal(
      'unsupported-key-type',
      'Credential activation is supported for RSA endorsement keys with AES-CFB.',
    );
  }
  if (secret.length === 0 || secret.length > hashBytes[hash]) {
    throw new RangeError(`A secret for activation has 1 to ${hashBytes[hash]} bytes.`);
  }
  const seed = globalThis.crypto.getRandomValues(new Uint8Array(hashBytes[hash]));
  try {
    return {
      credentialBlob: await sealCredential(ek, akName, secret, seed),
      encryptedSecret: await oaep(ek, hash, seed),
    };
  } finally {
    seed.fill(0);
  }
}
