/** PSA attestation tokens (RFC 9783, and the earlier PSA_IOT_PROFILE_1 with its private labels). */

import { dictionary } from '@gaiwan/errors';
import { toHex } from '../bytes.ts';
import { algorithmOf, parseSign1, type Sign1, tags, verifySign1 } from '../cbor/cose.ts';
import { asArray, asBytes, asMap, asNumber, type Cbor, type CborMap, decodeCbor } from '../cbor/decode.ts';
import { jsonMap } from '../cbor/json.ts';
import type { Context } from '../context.ts';
import { limits } from '../limits.ts';
import { Refusal } from '../refusal.ts';
import { endorsedKey } from './endorsed-key.ts';
import { type Lifecycle, lifecycleOf } from './lifecycle.ts';

const algorithms = [-7, -35, -36];

/** Labels of RFC 9783, and those of the first profile. */
const labels = {
  nonce: [10, -75008],
  instanceId: [256, -75009],
  lifecycle: [2395, -75002],
  implementationId: [2396, -75003],
  components: [2399, -75006],
} as const;

/** A token taken apart, unverified. */
export interface PsaToken {
  readonly message: Sign1;
  readonly claims: CborMap;
}

/** A genuine PSA token. */
export interface VerifiedPsa {
  readonly kind: 'psa';
  /** A key that the caller gave vouches for the token, and no root: nothing says that it is simulated. */
  readonly simulated: false;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly lifecycle: Lifecycle;
  readonly debug: boolean;
  /** All hexadecimal. */
  readonly nonce: string;
  readonly instanceId: string;
  readonly implementationId: string;
  /** Measurement value by type of the component, e.g. "PRoT". */
  readonly components: Readonly<Record<string, string>>;
}

/** Throws `Refusal` "malformed". */
export function parsePsaToken(bytes: Uint8Array): PsaToken {
  if (bytes.length > limits.armToken.value)
    throw new Refusal('malformed', `A PSA token of ${bytes.length} bytes.`);
  const message = parseSign1(bytes);
  return { message, claims: asMap(decodeCbor(message.payload), 'The PSA claims') };
}

/** What the bytes say. */
export function psaClaims(token: PsaToken): Record<string, unknown> {
  return {
    coseTag: token.message.tag ?? null,
    coseAlg: algorithmOf(token.message),
    claims: jsonMap(token.claims),
  };
}

function claim(claims: CborMap, name: keyof typeof labels): Cbor {
  const [now, before] = labels[name];
  const value = claims.get(now) ?? claims.get(before);
  if (value === undefined) throw new Refusal('missing-claims', `The claim ${now} is missing.`);
  return value;
}

function componentsOf(item: Cbor): Record<string, string> {
  const entries = asArray(item, 'The software components').map((component, index) => {
    const map = asMap(component, 'A software component');
    const type = map.get(1);
    return [
      typeof type === 'string' ? type : String(index),
      toHex(asBytes(map.get(2), 'A measurement')),
    ] as const;
  });
  return dictionary(entries);
}

/** Verifies a token (RFC 9783, 5) with the key of the instance (SPKI as DER or PEM, or JWK). Throws `Refusal`. */
export async function verifyPsa(
  bytes: Uint8Array,
  publicKey: Uint8Array | undefined,
  context: Context,
): Promise<VerifiedPsa> {
  const token = parsePsaToken(bytes);
  if (token.message.tag === tags.mac0) throw new Refusal('symmetric-key-needed');
  const key = endorsedKey(publicKey, "instance's public key");
  if (!(await verifySign1(token.message, key, algorithms, context.crypto)))
    throw new Refusal('cose-signature');
  const lifecycle = lifecycleOf(asNumber(claim(token.claims, 'lifecycle'), 'The lifecycle'));
  const hex = (name: 'nonce' | 'instanceId' | 'implementationId') =>
    toHex(asBytes(claim(token.claims, name), name));
  return {
    kind: 'psa',
    simulated: false,
    claims: psaClaims(token),
    lifecycle,
    debug: lifecycle !== 'secured',
    nonce: hex('nonce'),
    instanceId: hex('instanceId'),
    implementationId: hex('implementationId'),
    components: componentsOf(claim(token.claims, 'components')),
  };
}
