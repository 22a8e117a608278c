/** AWS Nitro attestation documents (aws-nitro-enclaves-nsm-api, "Attestation process"): CBOR in COSE_Sign1. */

import { dictionary } from '@gaiwan/errors';
import { isZero, toHex } from '../bytes.ts';
import { algorithmOf, parseSign1, type Sign1 } from '../cbor/cose.ts';
import {
  asArray,
  asBytes,
  asMap,
  asNumber,
  asText,
  type Cbor,
  type CborMap,
  decodeCbor,
} from '../cbor/decode.ts';
import { limits } from '../limits.ts';
import { Refusal } from '../refusal.ts';

/** A document taken apart, unverified. */
export interface NitroDocument {
  readonly message: Sign1;
  readonly moduleId: string;
  readonly digest: string;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  /** By index, 0 to 31. */
  readonly pcrs: ReadonlyMap<number, Uint8Array>;
  /** Whether the PCRs are those of a NitroTPM rather than of an enclave. */
  readonly nitroTpm: boolean;
  /** DER of the leaf. */
  readonly certificate: Uint8Array;
  /** DER, root first. */
  readonly caBundle: readonly Uint8Array[];
  readonly publicKey: Uint8Array | null;
  readonly userData: Uint8Array | null;
  readonly nonce: Uint8Array | null;
  /** PCR 0, 1 and 2 are zero: the enclave runs in debug mode and its console shows what it does. */
  readonly debug: boolean;
  readonly indefinite: boolean;
}

const bad = (what: string): Refusal => new Refusal('malformed', `The Nitro document: ${what}.`);

function requiredAt(map: CborMap, key: string): Cbor {
  const value = map.get(key);
  if (value === undefined || value === null) throw bad(`"${key}" is missing`);
  return value;
}

function checkSize(item: Cbor, key: string, from: number, to: number): Uint8Array {
  const bytes = asBytes(item, `"${key}"`);
  if (bytes.length < from || bytes.length > to)
    throw bad(`"${key}" has ${bytes.length} bytes, not ${from} to ${to}`);
  return bytes;
}

/** Absent and null are the same. */
function optionalAt(map: CborMap, key: string, from: number): Uint8Array | null {
  const value = map.get(key);
  // The table of the specification says 512 for two of them, the device takes 1024.
  return value === undefined || value === null ? null : checkSize(value, key, from, 1024);
}

function pcrsOf(item: Cbor): Map<number, Uint8Array> {
  const entries = asMap(item, '"pcrs"');
  if (entries.size < 1 || entries.size > 32) throw bad(`${entries.size} PCRs`);
  const pcrs = new Map<number, Uint8Array>();
  for (const [key, value] of entries) {
    const index = asNumber(key, 'A PCR index');
    const bytes = asBytes(value, `PCR ${index}`);
    if (index < 0 || index > 31) throw bad(`a PCR ${index}`);
    if (bytes.length !== 32 && bytes.length !== 48 && bytes.length !== 64)
      throw bad(`PCR ${index} of ${bytes.length} bytes`);
    pcrs.set(index, bytes);
  }
  return pcrs;
}

function caBundleOf(item: Cbor): Uint8Array[] {
  const bundle = asArray(item, '"cabundle"');
  if (bundle.length < 1 || bundle.length > limits.chain.value)
    throw bad(`a CA bundle of ${bundle.length} certificates`);
  return bundle.map((der) => checkSize(der, 'cabundle', 1, 1024));
}

function debugOf(pcrs: ReadonlyMap<number, Uint8Array>): boolean {
  return [0, 1, 2].every((index) => {
    const pcr = pcrs.get(index);
    return pcr === undefined || isZero(pcr);
  });
}

/**
 * Takes a document apart (COSE_Sign1, tagged or not).
 *
 * @throws {Refusal} `malformed`
 */
export function parseNitroDocument(bytes: Uint8Array): NitroDocument {
  if (bytes.length > limits.nitroDocument.value) throw bad(`${bytes.length} bytes`);
  const message = parseSign1(bytes);
  const map = asMap(decodeCbor(message.payload), 'The payload');
  const moduleId = asText(requiredAt(map, 'module_id'), '"module_id"');
  if (moduleId === '') throw bad('"module_id" is empty');
  const digest = asText(requiredAt(map, 'digest'), '"digest"');
  if (digest !== 'SHA384') throw bad(`"digest" is "${digest}", not "SHA384"`);
  const timestamp = asNumber(requiredAt(map, 'timestamp'), '"timestamp"');
  if (timestamp <= 0) throw bad('"timestamp" is not after 1970');
  const nitroTpm = !map.has('pcrs') && map.has('nitrotpm_pcrs');
  const pcrs = pcrsOf(requiredAt(map, nitroTpm ? 'nitrotpm_pcrs' : 'pcrs'));
  return {
    message,
    moduleId,
    digest,
    timestamp,
    pcrs,
    nitroTpm,
    certificate: checkSize(requiredAt(map, 'certificate'), 'certificate', 1, 1024),
    caBundle: caBundleOf(requiredAt(map, 'cabundle')),
    publicKey: optionalAt(map, 'public_key', 1),
    userData: optionalAt(map, 'user_data', 0),
    nonce: optionalAt(map, 'nonce', 0),
    // A NitroTPM document has no debug mode; its PCRs 0 to 2 are firmware.
    debug: !nitroTpm && debugOf(pcrs),
    indefinite: message.payload[0] === 0xbf,
  };
}

const hexOrNull = (bytes: Uint8Array | null): string | null => bytes && toHex(bytes);

/** What the bytes say. */
export function nitroClaims(document: NitroDocument): Record<string, unknown> {
  return {
    moduleId: document.moduleId,
    digest: document.digest,
    timestampMs: document.timestamp,
    pcrs: dictionary([...document.pcrs].map(([index, pcr]) => [String(index), toHex(pcr)])),
    ...(document.nitroTpm && { nitroTpm: true }),
    publicKey: hexOrNull(document.publicKey),
    userData: hexOrNull(document.userData),
    nonce: hexOrNull(document.nonce),
    cabundleCount: document.caBundle.length,
    coseAlg: algorithmOf(document.message),
    coseTag: document.message.tag ?? null,
    payloadMapIndefinite: document.indefinite,
    debugMode: document.debug,
  };
}
