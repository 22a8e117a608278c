/** Arm CCA attestation tokens (Arm DEN0137, A7; draft-ffm-rats-cca-token): a platform token and a realm token, bound. */

import { equal, toHex } from '../bytes.ts';
import { algorithmOf, coseKey, parseSign1, pointKey, type Sign1, verifySign1 } from '../cbor/cose.ts';
import {
  asArray,
  asBytes,
  asMap,
  asNumber,
  asText,
  type Cbor,
  type CborMap,
  decodeCbor,
  isCborArray,
  Tagged,
} from '../cbor/decode.ts';
import { jsonMap } from '../cbor/json.ts';
import type { Context } from '../context.ts';
import type { Hash, PublicKey } from '../crypto/crypto.ts';
import { limits } from '../limits.ts';
import { Refusal } from '../refusal.ts';
import { endorsedKey } from './endorsed-key.ts';
import { type Lifecycle, lifecycleOf } from './lifecycle.ts';

const COLLECTION = 399;
const CMW_COLLECTION = 907;
const PLATFORM = 44234;
const REALM = 44241;

/** Labels of claims. */
const label = {
  challenge: 10,
  instanceId: 256,
  lifecycle: 2395,
  implementationId: 2396,
  rak: 44237,
  initialMeasurement: 44238,
  extensibleMeasurements: 44239,
  rakHash: 44240,
} as const;

const algorithms = [-7, -35, -36];

/** A token taken apart, unverified. */
export interface CcaToken {
  readonly collectionTag: number;
  readonly platform: Sign1;
  readonly realm: Sign1;
  readonly platformClaims: CborMap;
  readonly realmClaims: CborMap;
  /** Exact bytes of the realm's attestation key in its token. */
  readonly rakBytes: Uint8Array;
}

/** A genuine CCA token. */
export interface VerifiedCca {
  readonly kind: 'cca';
  /** A key that the caller gave vouches for the token, and no root: nothing says that it is simulated. */
  readonly simulated: false;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly token: CcaToken;
  readonly lifecycle: Lifecycle;
  readonly debug: boolean;
  /** All hexadecimal. */
  readonly nonce: string;
  readonly initialMeasurement: string;
  readonly extensibleMeasurements: readonly string[];
  readonly instanceId: string;
  readonly implementationId: string;
}

/** A token of the collection: bytes, or in newer drafts a CMW record [type, bytes]. */
function entry(item: Cbor, what: string): Uint8Array {
  return asBytes(isCborArray(item) ? item[1] : item, what);
}

/** Throws `Refusal` "malformed". */
export function parseCcaToken(bytes: Uint8Array): CcaToken {
  if (bytes.length > limits.armToken.value)
    throw new Refusal('malformed', `A CCA token of ${bytes.length} bytes.`);
  const item = decodeCbor(bytes);
  if (!(item instanceof Tagged) || (item.tag !== COLLECTION && item.tag !== CMW_COLLECTION)) {
    throw new Refusal('malformed', 'A CCA token begins with the CBOR tag 399 or 907.');
  }
  const map = asMap(item.value, 'The CCA token');
  const platform = parseSign1(entry(map.get(PLATFORM), 'The platform token'));
  const realm = parseSign1(entry(map.get(REALM), 'The realm token'));
  const realmClaims = asMap(decodeCbor(realm.payload), 'The realm claims');
  return {
    collectionTag: item.tag,
    platform,
    realm,
    platformClaims: asMap(decodeCbor(platform.payload), 'The platform claims'),
    realmClaims,
    rakBytes: asBytes(realmClaims.get(label.rak), "The realm's attestation key"),
  };
}

const isPoint = (bytes: Uint8Array): boolean => bytes[0] === 4 && [65, 97, 133].includes(bytes.length);

function rakOf(token: CcaToken): PublicKey {
  return isPoint(token.rakBytes)
    ? pointKey(token.rakBytes)
    : coseKey(asMap(decodeCbor(token.rakBytes), "The realm's attestation key"));
}

const hashes: ReadonlyMap<string, Hash> = new Map([
  ['sha-256', 'sha256'],
  ['sha-384', 'sha384'],
  ['sha-512', 'sha512'],
]);

async function checkBinding(token: CcaToken, context: Context): Promise<void> {
  const name = asText(token.realmClaims.get(label.rakHash), 'The hash algorithm of the binding');
  const hash = hashes.get(name);
  if (hash === undefined) throw new Refusal('unsupported-algorithm', `The binding uses "${name}".`);
  const challenge = asBytes(token.platformClaims.get(label.challenge), "The platform's challenge");
  if (!equal(await context.crypto.digest(hash, token.rakBytes), challenge))
    throw new Refusal('realm-binding');
}

/** What the realm was asked to sign; not verified. Throws `Refusal`. */
export function challengeOf(bytes: Uint8Array): Uint8Array {
  return asBytes(parseCcaToken(bytes).realmClaims.get(label.challenge), 'The challenge');
}

/** What the bytes say. */
export function ccaClaims(token: CcaToken): Record<string, unknown> {
  return {
    collectionTag: token.collectionTag,
    rakEncoding: isPoint(token.rakBytes) ? 'raw-point' : 'cose-key',
    platformAlg: algorithmOf(token.platform),
    realmAlg: algorithmOf(token.realm),
    realm: jsonMap(token.realmClaims),
    platform: jsonMap(token.platformClaims),
  };
}

const hexAt = (claims: CborMap, key: number, what: string): string => toHex(asBytes(claims.get(key), what));

/** Verifies a token (DEN0137, A7; draft-ffm-rats-cca-token, verification); `platformKey` (SPKI as DER or PEM, or JWK) is that of the instance. Throws `Refusal`. */
export async function verifyCca(
  bytes: Uint8Array,
  platformKey: Uint8Array | undefined,
  context: Context,
): Promise<VerifiedCca> {
  const token = parseCcaToken(bytes);
  // 1. The platform's key, which an endorsement names, signed the platform token.
  const key = endorsedKey(platformKey, "platform's public key");
  if (!(await verifySign1(token.platform, key, algorithms, context.crypto)))
    throw new Refusal('platform-signature');
  // 2. The realm's key signed the realm token.
  if (!(await verifySign1(token.realm, rakOf(token), algorithms, context.crypto)))
    throw new Refusal('realm-signature');
  // 3. The platform token's challenge is the hash of exactly that key.
  await checkBinding(token, context);
  const { platformClaims, realmClaims } = token;
  const lifecycle = lifecycleOf(asNumber(platformClaims.get(label.lifecycle), 'The lifecycle'));
  const extensible = asArray(realmClaims.get(label.extensibleMeasurements), 'The extensible measurements');
  return {
    kind: 'cca',
    simulated: false,
    claims: { ...ccaClaims(token), checks: { platformSignature: true, realmSignature: true, binding: true } },
    token,
    lifecycle,
    debug: lifecycle !== 'secured',
    nonce: hexAt(realmClaims, label.challenge, 'The challenge'),
    initialMeasurement: hexAt(realmClaims, label.initialMeasurement, 'The initial measurement'),
    extensibleMeasurements: extensible.map((item) => toHex(asBytes(item, 'An extensible measurement'))),
    instanceId: hexAt(platformClaims, label.instanceId, 'The instance id'),
    implementationId: hexAt(platformClaims, label.implementationId, 'The implementation id'),
  };
}
