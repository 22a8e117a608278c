/** Evidence in X.509 certificates: every convention that is in the field, and ours for what has none. */

import { text } from '../bytes.ts';
import { asArray, asBytes, asMap, asNumber, asText, type Cbor, decodeCbor, Tagged } from '../cbor/decode.ts';
import { looksLikeQuote } from '../dcap/quote.ts';
import { DerReader, tag } from '../der/reader.ts';
import { told } from '../json/told.ts';
import { Refusal } from '../refusal.ts';
import type { Certificate } from '../x509/certificate.ts';
import { dstackEvidence } from './dstack.ts';

/** Extension of tagged evidence (TCG DICE, CCC's interoperable RA-TLS). */
export const TAGGED_EVIDENCE = '2.23.133.5.4.9';
/** Netscape Comment, in which Teaclave's JSON stands. */
export const TEACLAVE_REPORT = '2.16.840.1.113730.1.13';

/** Extensions by convention. */
export const conventions = {
  [TAGGED_EVIDENCE]: 'tagged',
  /** Bytes of an OID as content of an OID: what parsers print of Gramine's identifier. */
  '0.6.9.42.840.113741.1337.6': 'gramine',
  /** The same identifier, encoded as it should be: rats-tls, and whoever builds the certificate with a library. */
  '1.2.840.113741.1337.6': 'gramine',
  /** The PCK extension's identifier, used again by Intel's SGX SDK. */
  '1.2.840.113741.1.13.1': 'intel-sdk',
  '1.2.840.113741.1.5.5.1.6': 'intel',
  /** Report and evidence, each under its first identifier and under Microsoft's. */
  '1.2.840.113556.10.1.1': 'open-enclave',
  '1.2.840.113556.10.1.2': 'open-enclave',
  '1.3.6.1.4.1.311.105.1': 'open-enclave',
  '1.3.6.1.4.1.311.105.2': 'open-enclave',
  '1.3.6.1.4.1.62397.1.1': 'dstack',
  '1.3.6.1.4.1.62397.1.8': 'dstack-versioned',
  [TEACLAVE_REPORT]: 'teaclave',
} as const satisfies Record<string, string>;

/** How evidence stands in a certificate, and vouches for its key. */
export type Convention = (typeof conventions)[keyof typeof conventions];

/** What evidence was made over beside the key (CCC "Interoperable RA-TLS"). */
export interface ClaimsBuffer {
  /** What the report data are the hash of. */
  readonly bytes: Uint8Array;
  readonly names: readonly string[];
  /** IANA named information: 1 SHA-256, 7 SHA-384, 8 SHA-512. */
  readonly hashAlgorithm: number;
  readonly keyHash: Uint8Array;
  readonly nonce: Uint8Array | undefined;
  /** Seconds since 1970. Ours, as "configuration" is. */
  readonly issuedAt: number | undefined;
  readonly configuration: Uint8Array | undefined;
  /** What binds it to one connection; ours. A claim of its own, so that nobody gets it by choosing a nonce. */
  readonly connection: Uint8Array | undefined;
  /** What names a key that signs for connections in its place; ours. */
  readonly sessionSigningKey: Uint8Array | undefined;
}

/** The extension that evidence came in. */
interface InExtension {
  /** Dotted object identifier. */
  readonly oid: string;
  /** A DCAP quote; in a CMW parseRecord (RFC 9999) whatever `detect` knows; for "teaclave" the JSON. */
  readonly evidence: Uint8Array;
}

/** Evidence of the tagged convention, which alone has claims beside the key. */
export interface TaggedEvidence extends InExtension {
  readonly convention: 'tagged';
  /** CBOR tag of the evidence; absent in a CMW record. */
  readonly tag?: number;
  readonly claims: ClaimsBuffer;
}

/** Evidence of any other convention. */
export interface OtherEvidence extends InExtension {
  readonly convention: Exclude<Convention, 'tagged'>;
  readonly tag?: never;
  readonly claims?: never;
}

/** Evidence in an extension of a certificate, with its convention. */
export type EmbeddedEvidence = TaggedEvidence | OtherEvidence;

const QUOTE = 60000;
/**
 * Media type of the CMW record in the tagged extension that carries evidence which the CCC's tags have no number for: CBOR
 * array of evidence and claims buffer, bound to the key as the CCC's tag 60000 does it.
 */
export const RATLS_MEDIA_TYPE = 'application/vnd.gaiwan.ra-tls+cbor';
/** Bytes before the quote: of a report's header, and of an evidence's with and without padding. */
const OE_HEADERS = [16, 28, 32];

function parseClaimsBuffer(bytes: Uint8Array): ClaimsBuffer {
  const map = asMap(decodeCbor(bytes), 'The claims buffer');
  const names = [...map.keys()].map((name) => asText(name, 'The name of a claim'));
  const keyHash = map.get('pubkey-hash');
  if (keyHash === undefined) throw new Refusal('missing-claims', 'The claims buffer has no "pubkey-hash".');
  const [algorithm, hash] = asArray(decodeCbor(asBytes(keyHash, '"pubkey-hash"')), '"pubkey-hash"');
  const nonce = map.get('nonce');
  const issuedAt = map.get('issued-at');
  const configuration = map.get('configuration');
  const connection = map.get('connection');
  const signing = map.get('session-signing-key');
  return {
    bytes,
    names,
    hashAlgorithm: asNumber(algorithm, 'The hash algorithm'),
    keyHash: asBytes(hash, 'The hash of the key'),
    nonce: nonce === undefined ? undefined : asBytes(nonce, 'The nonce'),
    issuedAt: issuedAt === undefined ? undefined : asNumber(issuedAt, 'The time of issue'),
    configuration: configuration === undefined ? undefined : asBytes(configuration, 'The configuration'),
    connection: connection === undefined ? undefined : asBytes(connection, 'The connection'),
    sessionSigningKey: signing === undefined ? undefined : asBytes(signing, 'The session-signing key'),
  };
}

/** A conceptual message wrapper in its CBOR form: [media type, bytes]. */
function parseRecord(oid: string, [type, value]: readonly Cbor[]): EmbeddedEvidence {
  if (type !== RATLS_MEDIA_TYPE) {
    const found = typeof type === 'string' ? told(type) : 'no text';
    throw new Refusal('unsupported-version', `Wrapped evidence with the media type ${found}.`);
  }
  const [evidence, buffer] = asArray(
    decodeCbor(asBytes(value, 'The wrapped evidence')),
    'The wrapped evidence',
  );
  return {
    oid,
    convention: 'tagged',
    evidence: asBytes(evidence, 'The evidence'),
    claims: parseClaimsBuffer(asBytes(buffer, 'The claims buffer')),
  };
}

function parseTagged(oid: string, value: Uint8Array): EmbeddedEvidence {
  const item = decodeCbor(value);
  if (Array.isArray(item)) return parseRecord(oid, item);
  if (!(item instanceof Tagged) || item.tag !== QUOTE) {
    const found = item instanceof Tagged ? `tag ${item.tag}` : 'no tag';
    throw new Refusal(
      'unsupported-version',
      `Tagged evidence with ${found}: 60000, a quote, can be verified from afar.`,
    );
  }
  const [quote, buffer] = asArray(item.value, 'The tagged evidence');
  return {
    oid,
    convention: 'tagged',
    evidence: asBytes(quote, 'The quote'),
    tag: item.tag,
    claims: parseClaimsBuffer(asBytes(buffer, 'The claims buffer')),
  };
}

/** The quote behind one of Open Enclave's headers; undefined where none stands. */
export function openEnclaveQuote(value: Uint8Array): Uint8Array | undefined {
  const at = OE_HEADERS.find((header) => looksLikeQuote(value.subarray(header)));
  return at === undefined ? undefined : value.subarray(at);
}

function parseOpenEnclave(oid: string, value: Uint8Array): EmbeddedEvidence {
  const evidence = openEnclaveQuote(value);
  if (evidence === undefined)
    throw new Refusal('malformed', "There is no quote behind the header of Open Enclave's extension.");
  return { oid, convention: 'open-enclave', evidence };
}

/** Some producers wrap the bytes in an OCTET STRING once more. */
function unwrapOctets(value: Uint8Array): Uint8Array {
  return value[0] === tag.octetString && !looksLikeQuote(value)
    ? new DerReader(value).next(tag.octetString).content
    : value;
}

/** The Netscape Comment is an IA5String in the standard and bare JSON at Teaclave. */
function parseTeaclave(oid: string, value: Uint8Array): EmbeddedEvidence | undefined {
  const bare = value[0] === tag.ia5String ? new DerReader(value).next(tag.ia5String).content : value;
  if (bare[0] !== 0x7b) return undefined;
  text(bare);
  return { oid, convention: 'teaclave', evidence: bare };
}

function extract(oid: string, convention: Convention, value: Uint8Array): EmbeddedEvidence | undefined {
  if (convention === 'tagged') return parseTagged(oid, value);
  if (convention === 'open-enclave') return parseOpenEnclave(oid, unwrapOctets(value));
  if (convention === 'dstack-versioned')
    return { oid, convention, evidence: dstackEvidence(unwrapOctets(value)) };
  if (convention === 'teaclave') return parseTeaclave(oid, value);
  // A PCK certificate has the same extension with the platform's values in it.
  if (convention === 'intel-sdk' && !looksLikeQuote(value)) return undefined;
  return { oid, convention, evidence: unwrapOctets(value) };
}

/**
 * Evidence of all extensions of a certificate, in a fixed order of conventions. Nothing is verified.
 *
 * @throws {Refusal} `malformed`, `unsupported-version`, `missing-claims`
 */
export function embeddedEvidence(certificate: Certificate): EmbeddedEvidence[] {
  return Object.entries(conventions).flatMap(([oid, convention]) => {
    const extension = certificate.extensions.get(oid);
    const found = extension && extract(oid, convention, extension.value);
    return found === undefined ? [] : [found];
  });
}
