/** TPMT_PUBLIC: a key's public area, attributes and name (TPM 2.0 Library, Part 2, 12.2). */
import { byteAt, concat, Reader, toHex } from '../bytes.ts';
import { type Crypto, type Curve, curveBytes, type PublicKey } from '../crypto/crypto.ts';
import { rsaKey } from '../keys/rsa.ts';
import { limits } from '../limits.ts';
import { Refusal } from '../refusal.ts';
import { hashName, hashOf } from '../tcg/algorithms.ts';
import { tpm2b } from './attest.ts';

const RSA = 0x0001;
const ECC = 0x0023;
const NULL = 0x0010;
const ECDAA = 0x001a;

const curves: Readonly<Record<number, Curve>> = { 3: 'P-256', 4: 'P-384', 5: 'P-521' };

/** TPMA_OBJECT, as far as it says what a key may be used for. */
export interface KeyAttributes {
  readonly fixedTPM: boolean;
  readonly fixedParent: boolean;
  readonly sensitiveDataOrigin: boolean;
  readonly restricted: boolean;
  readonly decrypt: boolean;
  readonly sign: boolean;
}

/** A public area taken apart. */
export interface TpmPublic {
  /** The TPMT_PUBLIC itself, without a length before it. */
  readonly bytes: Uint8Array;
  readonly type: 'rsa' | 'ecc';
  /** Identifier of the hash that makes the name. */
  readonly nameAlg: number;
  readonly attributes: number;
  readonly flags: KeyAttributes;
  readonly authPolicy: Uint8Array;
  /** Of the key itself; 0x0010: none. */
  readonly symmetric: { readonly algorithm: number; readonly bits: number; readonly mode: number };
  readonly scheme: number;
  readonly schemeHash: number | undefined;
  readonly bits: number;
  readonly key: PublicKey;
}

function flagsOf(attributes: number): KeyAttributes {
  const bit = (index: number) => ((attributes >>> index) & 1) === 1;
  return {
    fixedTPM: bit(1),
    fixedParent: bit(4),
    sensitiveDataOrigin: bit(5),
    restricted: bit(16),
    decrypt: bit(17),
    sign: bit(18),
  };
}

function symmetricOf(reader: Reader): TpmPublic['symmetric'] {
  const algorithm = reader.u16();
  return algorithm === NULL
    ? { algorithm, bits: 0, mode: 0 }
    : { algorithm, bits: reader.u16(), mode: reader.u16() };
}

function schemeOf(reader: Reader): { scheme: number; schemeHash: number | undefined } {
  const scheme = reader.u16();
  const schemeHash = scheme === NULL ? undefined : reader.u16();
  if (scheme === ECDAA) reader.u16();
  return { scheme, schemeHash };
}

function ecKey(reader: Reader): { bits: number; key: PublicKey } {
  const id = reader.u16();
  const curve = curves[id];
  if (curve === undefined) throw new Refusal('unsupported-key-type', `A TPM key on the curve ${id}.`);
  if (reader.u16() !== NULL) reader.u16();
  const size = curveBytes[curve];
  const point = new Uint8Array(1 + 2 * size);
  point[0] = 4;
  for (const end of [1 + size, 1 + 2 * size]) {
    const coordinate = tpm2b(reader);
    if (coordinate.length > size) throw new Refusal('malformed', 'A coordinate of the TPM key is too long.');
    point.set(coordinate, end - coordinate.length);
  }
  return { bits: curve === 'P-521' ? 521 : size * 8, key: { type: 'ec', curve, point } };
}

function rsaPart(reader: Reader): { bits: number; key: PublicKey } {
  const bits = reader.u16();
  const exponent = reader.u32();
  return { bits, key: rsaKey(tpm2b(reader), exponent === 0 ? 65537 : exponent) };
}

/**
 * Takes a TPMT_PUBLIC apart, or a TPM2B_PUBLIC.
 *
 * @throws {Refusal} `malformed`, `unsupported-key-type`
 */
export function parseTpmPublic(given: Uint8Array): TpmPublic {
  if (given.length > limits.tpmPublic.value)
    throw new Refusal('malformed', `A TPM public area of ${given.length} bytes.`);
  const wrapped = given.length > 2 && ((byteAt(given, 0) << 8) | byteAt(given, 1)) === given.length - 2;
  const bytes = wrapped ? given.subarray(2) : given;
  const reader = new Reader(bytes, 'The TPM public area', 'big');
  const type = reader.u16();
  if (type !== RSA && type !== ECC)
    throw new Refusal('unsupported-key-type', `A TPM key of the type 0x${type.toString(16)}.`);
  const nameAlg = reader.u16();
  const attributes = reader.u32();
  const authPolicy = tpm2b(reader);
  const symmetric = symmetricOf(reader);
  const { scheme, schemeHash } = schemeOf(reader);
  const { bits, key } = type === RSA ? rsaPart(reader) : ecKey(reader);
  reader.end();
  return {
    bytes,
    type: type === RSA ? 'rsa' : 'ecc',
    nameAlg,
    attributes,
    flags: flagsOf(attributes),
    authPolicy,
    symmetric,
    scheme,
    schemeHash,
    bits,
    key,
  };
}

const id = (algorithm: number): Uint8Array => Uint8Array.of(algorithm >> 8, algorithm & 255);

/**
 * Name of an object: algorithm, then the hash of its public area (Part 1, 16).
 *
 * @throws {Refusal} `unsupported-algorithm`
 */
export async function nameOf(nameAlg: number, publicArea: Uint8Array, crypto: Crypto): Promise<Uint8Array> {
  return concat(id(nameAlg), await crypto.digest(hashOf(nameAlg), publicArea));
}

/** Handles of the hierarchies that a primary key can stand in. */
export const hierarchies = { owner: 0x40000001, endorsement: 0x4000000b, platform: 0x4000000c } as const;

/**
 * Qualified name of a primary key: it includes the hierarchy, and a TPM writes it into what the key signs (Part 1, 16).
 *
 * @throws {Refusal} `unsupported-algorithm`
 */
export async function qualifiedName(
  publicArea: TpmPublic,
  hierarchy: keyof typeof hierarchies,
  crypto: Crypto,
): Promise<Uint8Array> {
  const handle = new Uint8Array(4);
  new DataView(handle.buffer).setUint32(0, hierarchies[hierarchy]);
  const name = await nameOf(publicArea.nameAlg, publicArea.bytes, crypto);
  return concat(
    id(publicArea.nameAlg),
    await crypto.digest(hashOf(publicArea.nameAlg), concat(handle, name)),
  );
}

/** Whether only the TPM's own structures can be signed with the key, and only inside the TPM that made it. */
export function isAttestationKey({ flags }: TpmPublic): boolean {
  const { restricted, sign, fixedTPM, fixedParent, sensitiveDataOrigin, decrypt } = flags;
  return restricted && sign && fixedTPM && fixedParent && sensitiveDataOrigin && !decrypt;
}

/** What the bytes say. */
export async function publicClaims(publicArea: TpmPublic, crypto: Crypto): Promise<Record<string, unknown>> {
  return {
    type: publicArea.type,
    nameAlg: hashName(publicArea.nameAlg),
    attrs: `0x${publicArea.attributes.toString(16).padStart(8, '0')}`,
    ...publicArea.flags,
    authPolicy: toHex(publicArea.authPolicy),
    scheme: toHex(id(publicArea.scheme)),
    ...(publicArea.schemeHash !== undefined && { schemeHash: hashName(publicArea.schemeHash) }),
    bits: publicArea.bits,
    name: toHex(await nameOf(publicArea.nameAlg, publicArea.bytes, crypto)),
  };
}
