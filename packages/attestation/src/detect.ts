/** Telling formats apart by their bytes. */

import { byteAt, fromBase64, fromHex, text, utf8Bytes } from './bytes.ts';
import { looksLikeQuote } from './dcap/quote.ts';
import type { Evidence } from './evidence.ts';
import { isObject, parseJsonObject } from './json/scan.ts';
import { told } from './json/told.ts';
import { Refusal } from './refusal.ts';
import { REPORT_SIZE } from './snp/report.ts';
import type { PcrValues } from './tpm/quote.ts';

const startsWith = (bytes: Uint8Array, ...prefix: number[]): boolean =>
  prefix.every((byte, index) => bytes[index] === byte);

const MODULE_ID = utf8Bytes('module_id');

function includes(bytes: Uint8Array, part: Uint8Array): boolean {
  for (let at = 0; at + part.length <= bytes.length; at++) {
    if (part.every((byte, index) => bytes[at + index] === byte)) return true;
  }
  return false;
}

/** Nitro documents and PSA tokens share their envelope; one that is broken is still the one or the other. */
function sign1Kind(bytes: Uint8Array): 'nitro' | 'psa' {
  // A document that is longer than any is refused later; only its beginning is searched.
  return includes(bytes.subarray(0, 4096), MODULE_ID) ? 'nitro' : 'psa';
}

/** An array of four, with or without the tags of COSE_Sign1 and COSE_Mac0, whose first item is a short byte string. */
function isSign1(bytes: Uint8Array): boolean {
  const array = startsWith(bytes, 0xd2) || startsWith(bytes, 0xd1) ? bytes.subarray(1) : bytes;
  return array[0] === 0x84 && (array[1] ?? 0) >> 5 === 2;
}

/** Fields of composites that are bytes. */
const binary = [
  'attest',
  'signature',
  'rawSignature',
  'akPublic',
  'akKey',
  'eventLog',
  'hclReport',
  'tdQuote',
] as const;

function bytesOf(value: unknown, name: string): Uint8Array {
  if (typeof value !== 'string') throw new Refusal('malformed', `"${name}" is not a text.`);
  return /^([0-9a-fA-F]{2})+$/.test(value) ? fromHex(value) : fromBase64(value);
}

/** Kinds of evidence whose bundles we define. */
export const isBundleKind = (kind: unknown): kind is 'tpm' | 'azure-vtpm' =>
  kind === 'tpm' || kind === 'azure-vtpm';

/**
 * Evidence of several parts in one JSON file: `{"kind": "tpm" | "azure-vtpm", ...}` with the fields of `TpmQuoteEvidence` or
 * `AzureEvidence`, bytes as hexadecimal or base64.
 *
 * @throws {Refusal} `malformed`; `missing-evidence` for a part that its kind must have
 */
export function parseBundle(json: string): Evidence {
  const { kind, ...fields } = parseJsonObject(json);
  if (!isBundleKind(kind)) {
    throw new Refusal(
      'malformed',
      `A bundle of evidence has the kind "tpm" or "azure-vtpm", this one ${told(kind)}.`,
    );
  }
  const parts: { [name in (typeof binary)[number]]?: Uint8Array } = {};
  let pcrs: PcrValues | undefined;
  for (const [name, value] of Object.entries(fields)) {
    const known = binary.find((one) => one === name);
    // oxlint-disable-next-line names/no-names-in-plain-objects -- one of `binary`
    if (known !== undefined) parts[known] = bytesOf(value, name);
    else if (name === 'pcrs' && isPcrs(value)) pcrs = value;
    else
      throw new Refusal('malformed', `The field ${told(name)} of the bundle is not one that its kind has.`);
  }
  const { attest, hclReport } = parts;
  if (attest === undefined) throw missingPart('attest');
  if (kind === 'tpm') return { kind, ...parts, attest, ...(pcrs && { pcrs }) };
  if (hclReport === undefined) throw missingPart('hclReport');
  if (pcrs === undefined) throw missingPart('pcrs');
  return { kind, ...parts, attest, hclReport, pcrs };
}

const missingPart = (name: string): Refusal => new Refusal('missing-evidence', `The bundle lacks "${name}".`);

function isPcrs(value: unknown): value is PcrValues {
  return (
    isObject(value) &&
    Object.values(value).every(
      (bank) => isObject(bank) && Object.values(bank).every((pcr) => typeof pcr === 'string'),
    )
  );
}

function detectText(bytes: Uint8Array): Evidence | undefined {
  let readable: string;
  try {
    readable = text(bytes).trim();
  } catch {
    return undefined;
  }
  if (readable.startsWith('{')) return parseBundle(readable);
  if (readable.startsWith('-----BEGIN CERTIFICATE')) return { kind: 'ra-tls', certificate: bytes };
  if (/^[\w-]+\.[\w-]+\.[\w-]*$/.test(readable)) return { kind: 'ear', token: readable };
  return undefined;
}

/**
 * Evidence of the format that the bytes are. What they say is not verified, and often not even read.
 *
 * @throws {Refusal} `malformed` for bytes of no known format
 */
export function detect(bytes: Uint8Array): Evidence {
  if (looksLikeQuote(bytes)) return { kind: 'dcap', quote: bytes };
  if (bytes.length === REPORT_SIZE && byteAt(bytes, 0) < 16 && startsWith(bytes.subarray(1), 0, 0, 0)) {
    return { kind: 'snp', report: bytes };
  }
  if (startsWith(bytes, 0xd9, 0x01, 0x8f) || startsWith(bytes, 0xd9, 0x03, 0x8b))
    return { kind: 'cca', token: bytes };
  if (isSign1(bytes)) {
    return sign1Kind(bytes) === 'nitro' ? { kind: 'nitro', document: bytes } : { kind: 'psa', token: bytes };
  }
  if (startsWith(bytes, 0x30, 0x82)) return { kind: 'ra-tls', certificate: bytes };
  const found = detectText(bytes);
  if (found === undefined) throw new Refusal('malformed', 'The bytes are not evidence of a known format.');
  return found;
}
