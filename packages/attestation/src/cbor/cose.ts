/** COSE_Sign1 (RFC 9052) and COSE keys (RFC 9053). */
import {
  type Crypto,
  type Curve,
  curveBytes,
  type PublicKey,
  type SignatureScheme,
} from '../crypto/crypto.ts';
import { Refusal } from '../refusal.ts';
import { asArray, asBytes, asMap, type Cbor, type CborMap, decodeCbor, Tagged } from './decode.ts';
import { encodeCbor } from './encode.ts';

/** CBOR tags of COSE messages. */
export const tags = { mac0: 17, sign1: 18 } as const;

/** Algorithms of the COSE registry that attestation uses, with the curve that each key must have. */
const algorithms: ReadonlyMap<Cbor, { scheme: SignatureScheme; curve?: Curve }> = new Map([
  [-7, { scheme: { name: 'ecdsa', hash: 'sha256' }, curve: 'P-256' }],
  [-35, { scheme: { name: 'ecdsa', hash: 'sha384' }, curve: 'P-384' }],
  [-36, { scheme: { name: 'ecdsa', hash: 'sha512' }, curve: 'P-521' }],
  [-8, { scheme: { name: 'ed25519' } }],
  [-37, { scheme: { name: 'rsa-pss', hash: 'sha256', salt: 32 } }],
  [-38, { scheme: { name: 'rsa-pss', hash: 'sha384', salt: 48 } }],
] as const satisfies [number, { scheme: SignatureScheme; curve?: Curve }][]);

/** A COSE_Sign1 or COSE_Mac0 message, taken apart. */
export interface Sign1 {
  /** Tag of the whole: 18 COSE_Sign1, 17 COSE_Mac0, undefined if it came without. */
  readonly tag: number | undefined;
  /** Exact bytes of the protected header. */
  readonly protectedBytes: Uint8Array;
  readonly protectedHeader: CborMap;
  readonly unprotectedHeader: CborMap;
  readonly payload: Uint8Array;
  /** Signature, or the tag of a Mac0. */
  readonly signature: Uint8Array;
}

/** Parses a message with an attached payload. Throws `Refusal` "malformed". */
export function parseSign1(bytes: Uint8Array): Sign1 {
  return sign1Of(decodeCbor(bytes));
}

/** The same for an item that was decoded as a part of something. */
export function sign1Of(item: Cbor): Sign1 {
  const tag = item instanceof Tagged ? item.tag : undefined;
  if (tag !== undefined && tag !== tags.sign1 && tag !== tags.mac0) {
    throw new Refusal('malformed', `CBOR tag ${tag} is neither COSE_Sign1 nor COSE_Mac0.`);
  }
  const parts = asArray(item instanceof Tagged ? item.value : item, 'The COSE message');
  if (parts.length !== 4) throw new Refusal('malformed', `A COSE message of ${parts.length} parts.`);
  const protectedBytes = asBytes(parts[0], 'The protected header');
  return {
    tag,
    protectedBytes,
    protectedHeader:
      protectedBytes.length === 0 ? new Map() : asMap(decodeCbor(protectedBytes), 'The protected header'),
    unprotectedHeader: asMap(parts[1], 'The unprotected header'),
    payload: asBytes(parts[2], 'The payload'),
    signature: asBytes(parts[3], 'The signature'),
  };
}

/** The algorithm that the protected header names, null for none; one in the unprotected header does not count. */
export function algorithmOf(message: Sign1): number | string | null {
  const algorithm = message.protectedHeader.get(1);
  return typeof algorithm === 'number' || typeof algorithm === 'string' ? algorithm : null;
}

/**
 * Whether `key` signed the message with the algorithm of its protected header. The algorithm must be one of `allowed`
 * and fit the key. Throws `Refusal` "unsupported-algorithm".
 */
export async function verifySign1(
  message: Sign1,
  key: PublicKey,
  allowed: readonly number[],
  crypto: Crypto,
): Promise<boolean> {
  const id = algorithmOf(message);
  const algorithm = typeof id === 'number' && allowed.includes(id) ? algorithms.get(id) : undefined;
  if (algorithm === undefined) {
    throw new Refusal('unsupported-algorithm', `The protected header names the algorithm ${id}.`);
  }
  if (message.protectedHeader.has(2)) {
    throw new Refusal('unsupported-algorithm', 'The message has critical headers that are not understood.');
  }
  if (algorithm.curve !== undefined && (key.type !== 'ec' || key.curve !== algorithm.curve)) return false;
  const content = encodeCbor(['Signature1', message.protectedBytes, new Uint8Array(), message.payload]);
  return crypto.verify(key, algorithm.scheme, message.signature, content);
}

const curves: ReadonlyMap<Cbor, Curve> = new Map([
  [1, 'P-256'],
  [2, 'P-384'],
  [3, 'P-521'],
]);

/** The public key of a COSE_Key map of type EC2. Throws `Refusal` "malformed" or "unsupported-key-type". */
export function coseKey(map: CborMap): PublicKey {
  const curve = curves.get(map.get(-1));
  if (map.get(1) !== 2 || curve === undefined)
    throw new Refusal('unsupported-key-type', 'A COSE key that is not EC2.');
  const size = curveBytes[curve];
  const point = new Uint8Array(1 + 2 * size);
  point[0] = 4;
  for (const [label, end] of [
    [-2, 1 + size],
    [-3, 1 + 2 * size],
  ] as const) {
    const coordinate = asBytes(map.get(label), 'A coordinate of the COSE key');
    if (coordinate.length > size) throw new Refusal('malformed', 'A coordinate of the COSE key is too long.');
    point.set(coordinate, end - coordinate.length);
  }
  return { type: 'ec', curve, point };
}

/** The key of an uncompressed SEC1 point, its curve told by its size. Throws `Refusal` "unsupported-key-type". */
export function pointKey(point: Uint8Array): PublicKey {
  for (const curve of ['P-256', 'P-384', 'P-521'] as const) {
    if (point.length === 1 + 2 * curveBytes[curve] && point[0] === 4) return { type: 'ec', curve, point };
  }
  throw new Refusal('unsupported-key-type', `A key of ${point.length} bytes is not an uncompressed point.`);
}
