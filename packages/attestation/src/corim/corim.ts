/** Concise reference integrity manifests (draft-ietf-rats-corim): reference values and endorsements of a vendor. */

import { toHex } from '../bytes.ts';
import { algorithmOf, type Sign1, sign1Of, verifySign1 } from '../cbor/cose.ts';
import {
  asArray,
  asBytes,
  asMap,
  type Cbor,
  type CborKey,
  decodeCbor,
  isCborArray,
  Tagged,
} from '../cbor/decode.ts';
import { type Json, jsonOf } from '../cbor/json.ts';
import type { Context } from '../context.ts';
import type { PublicKey } from '../crypto/crypto.ts';
import { limits } from '../limits.ts';
import { Refusal } from '../refusal.ts';

const SIGNED = 18;
const UNSIGNED = 501;
const COMID = 506;
const CONTENT_TYPES: readonly unknown[] = ['application/rim+cbor', 'application/corim-unsigned+cbor'];
const algorithms = [-7, -35, -36, -37, -38, -8];

/** Values for one thing: an environment, and what is measured in it. */
export interface Triple {
  /** Class, instance, group; by label. */
  readonly environment: Json;
  readonly measurements: readonly Measurement[];
}

/** What is known of one measured thing. */
export interface Measurement {
  /** What is measured; null without a key. */
  readonly key: Json;
  /** Hash algorithm (IANA named information) and value in hexadecimal. */
  readonly digests: readonly { readonly algorithm: Json; readonly value: string }[];
  readonly svn: Json;
  readonly version: Json;
  /** Raw value in hexadecimal. */
  readonly raw: string | null;
  /** All of the measurement values, by label. */
  readonly values: Json;
}

/** One module: what a vendor says of environments. */
export interface Comid {
  readonly id: Json;
  readonly reference: readonly Triple[];
  readonly endorsed: readonly Triple[];
  /** Environment and keys. */
  readonly attestationKeys: Json;
}

/** A CoRIM taken apart; verified only by `referenceValues`. */
export interface Corim {
  readonly id: Json;
  readonly profile: Json;
  /** Seconds since 1970, as given. */
  readonly validity: Json;
  readonly comids: readonly Comid[];
  /** Labels of the top level, as given. */
  readonly labels: readonly string[];
  /** The envelope of a signed one. */
  readonly signature: Sign1 | undefined;
}

const withoutTag = (item: Cbor): Cbor => (item instanceof Tagged ? item.value : item);

function measurementOf(item: Cbor): Measurement {
  const map = asMap(item, 'A measurement');
  const values = asMap(map.get(1), 'The values of a measurement');
  const digests = values.get(2) === undefined ? [] : asArray(values.get(2), 'The digests of a measurement');
  const raw = withoutTag(values.get(4));
  return {
    key: jsonOf(map.get(0)),
    digests: digests.map((digest) => {
      const [algorithm, value] = asArray(digest, 'A digest');
      return { algorithm: jsonOf(algorithm), value: toHex(asBytes(value, 'The value of a digest')) };
    }),
    svn: jsonOf(values.get(1)),
    version: jsonOf(values.get(0)),
    raw: raw instanceof Uint8Array ? toHex(raw) : null,
    values: jsonOf(values),
  };
}

function triples(item: Cbor): Triple[] {
  if (item === undefined) return [];
  return asArray(item, 'The triples').map((triple) => {
    const [environment, measurements] = asArray(triple, 'A triple');
    // One measurement, or a list of them: drafts differ.
    const list = isCborArray(measurements) ? measurements : [measurements];
    return {
      environment: jsonOf(asMap(environment, 'An environment')),
      measurements: list.map(measurementOf),
    };
  });
}

function comidOf(bytes: Uint8Array): Comid {
  const map = asMap(decodeCbor(bytes), 'A CoMID');
  const all = map.get(4);
  const lists = all === undefined ? new Map<CborKey, Cbor>() : asMap(all, 'The triples of a CoMID');
  return {
    id: jsonOf(map.get(1)),
    reference: triples(lists.get(0)),
    endorsed: triples(lists.get(1)),
    attestationKeys: jsonOf(lists.get(3)),
  };
}

function comids(item: Cbor): Comid[] {
  return asArray(item, 'The tags of a CoRIM').flatMap((tag) => {
    if (tag instanceof Tagged && tag.tag === COMID) return [comidOf(asBytes(tag.value, 'A CoMID'))];
    return [];
  });
}

function unsignedOf(item: Cbor, signature: Sign1 | undefined): Corim {
  const map = asMap(item instanceof Tagged && item.tag === UNSIGNED ? item.value : item, 'A CoRIM');
  return {
    id: jsonOf(map.get(0)),
    profile: jsonOf(map.get(3)),
    validity: jsonOf(map.get(4)),
    comids: comids(map.get(1)),
    labels: [...map.keys()].map(String),
    signature,
  };
}

/**
 * Parses a CoRIM, signed or not. Nobody vouches for what comes out: `referenceValues` verifies.
 *
 * @throws {Refusal} `malformed`
 */
export function parseCorim(bytes: Uint8Array): Corim {
  if (bytes.length > limits.corim.value) throw new Refusal('malformed', `A CoRIM of ${bytes.length} bytes.`);
  const item = decodeCbor(bytes);
  if (!(item instanceof Tagged) || (item.tag !== SIGNED && item.tag !== UNSIGNED)) {
    throw new Refusal('malformed', 'A CoRIM begins with the CBOR tag 18 or 501.');
  }
  if (item.tag === UNSIGNED) return unsignedOf(item, undefined);
  const signature = sign1Of(item);
  if (!CONTENT_TYPES.includes(signature.protectedHeader.get(3))) {
    throw new Refusal('malformed', 'The signed content is not a CoRIM.');
  }
  return unsignedOf(decodeCbor(signature.payload), signature);
}

/** What the bytes say. */
export function corimClaims(corim: Corim): Record<string, unknown> {
  const { signature } = corim;
  return {
    ...(signature
      ? {
          coseTag: SIGNED,
          alg: algorithmOf(signature),
          contentType: signature.protectedHeader.get(3) ?? null,
          payloadTag: UNSIGNED,
        }
      : { tag: UNSIGNED }),
    topLevelKeys: corim.labels,
    id: corim.id,
    profile: corim.profile,
    referenceTriples: corim.comids.reduce((sum, { reference }) => sum + reference.length, 0),
    endorsedTriples: corim.comids.reduce((sum, { endorsed }) => sum + endorsed.length, 0),
  };
}

const isJsonObject = (value: Json): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Seconds since 1970 of a time in CBOR tag 1. */
function secondsOf(value: Json | undefined): number | undefined {
  const inner = typeof value === 'object' && value !== null && 'value' in value ? value.value : value;
  return typeof inner === 'number' ? inner : undefined;
}

/** Throws unless the list of reference values holds at that time. */
function checkTime({ validity }: Corim, at: number): void {
  if (!isJsonObject(validity)) return;
  const [from, to] = [secondsOf(validity['0']), secondsOf(validity['1'])];
  if (from !== undefined && at / 1000 < from)
    throw new Refusal('collateral-not-yet-valid', 'The CoRIM does not hold yet.');
  if (to !== undefined && at / 1000 > to)
    throw new Refusal('collateral-expired', 'The CoRIM does not hold any more.');
}

/**
 * Reference values of a CoRIM that `key` signed and that holds at the time of the context; of an unsigned one never.
 *
 * @throws {Refusal} `malformed`, `cose-signature`, `unsupported-algorithm`, `collateral-expired`, `collateral-not-yet-valid`
 */
export async function referenceValues(
  bytes: Uint8Array,
  key: PublicKey,
  context: Context,
): Promise<readonly Triple[]> {
  const corim = parseCorim(bytes);
  if (corim.signature === undefined) throw new Refusal('cose-signature', 'The CoRIM is not signed.');
  if (!(await verifySign1(corim.signature, key, algorithms, context.crypto)))
    throw new Refusal('cose-signature');
  checkTime(corim, context.at);
  return corim.comids.flatMap(({ reference }) => reference);
}
