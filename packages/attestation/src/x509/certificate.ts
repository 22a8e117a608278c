/** X.509 certificates (RFC 5280), as far as attestation chains use them. Views into the given bytes, nothing is copied. */

import { equal, toHex } from '../bytes.ts';
import { type Crypto, curveBytes, type PublicKey } from '../crypto/crypto.ts';
import { context, type Der, derOf, oidText, rawSignature, tag, timeOf } from '../der/reader.ts';
import { publicKeyOf, schemeOf } from '../keys/spki.ts';
import { limits } from '../limits.ts';
import { Refusal } from '../refusal.ts';

/** An extension of a certificate. */
export interface Extension {
  readonly critical: boolean;
  /** Content of the OCTET STRING. */
  readonly value: Uint8Array;
}

/** Bits of the key usage extension (RFC 5280, 4.2.1.3). */
export const keyUsage = { digitalSignature: 0x80, keyCertSign: 0x04, cRLSign: 0x02 } as const;

/** A certificate taken apart; nothing in it was verified. */
export interface Certificate {
  readonly der: Uint8Array;
  readonly tbs: Uint8Array;
  /** Content of the INTEGER, lower-case hexadecimal. */
  readonly serial: string;
  /** DER of the names. Two names are the same if their bytes are. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  /** Milliseconds since 1970; both ends belong to the validity. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly spki: Uint8Array;
  /** The key, when first asked for. */
  readonly key: PublicKey;
  /** By dotted object identifier. */
  readonly extensions: ReadonlyMap<string, Extension>;
  /** Whether it may issue certificates, and how many more below; undefined without the extension. */
  readonly basicConstraints: { readonly ca: boolean; readonly pathLength: number | undefined } | undefined;
  /** First byte of the key usage bits; undefined without the extension. */
  readonly keyUsage: number | undefined;
  readonly signatureAlgorithm: Uint8Array;
  readonly signature: Uint8Array;
}

function extensionsOf(tbs: { optional(wanted: number): Der | undefined }): Map<string, Extension> {
  const extensions = new Map<string, Extension>();
  const list = tbs.optional(context(3));
  if (list === undefined) return extensions;
  const parts = derOf(list.content, tag.sequence).children();
  while (!parts.done) {
    const extension = parts.next(tag.sequence).children();
    const oid = oidText(extension.next(tag.oid).content);
    const critical = extension.optional(tag.boolean)?.boolean() ?? false;
    const value = extension.next(tag.octetString).content;
    extension.end();
    if (extensions.has(oid)) throw new Refusal('malformed', `A certificate has the extension ${oid} twice.`);
    extensions.set(oid, { critical, value });
  }
  return extensions;
}

function basicConstraintsOf(extension: Extension | undefined): Certificate['basicConstraints'] {
  if (extension === undefined) return undefined;
  const parts = derOf(extension.value, tag.sequence).children();
  const ca = parts.optional(tag.boolean)?.boolean() ?? false;
  const pathLength = parts.optional(tag.integer)?.uint();
  parts.end();
  return { ca, pathLength };
}

function keyUsageOf(extension: Extension | undefined): number | undefined {
  if (extension === undefined) return undefined;
  const { content } = derOf(extension.value, tag.bitString);
  return content[1] ?? 0;
}

/** Parses one certificate. Throws `Refusal` "malformed". */
export function parseCertificate(der: Uint8Array): Certificate {
  if (der.length > limits.certificate.value)
    throw new Refusal('malformed', `A certificate of ${der.length} bytes.`);
  const outer = derOf(der, tag.sequence).children();
  const tbsElement = outer.next(tag.sequence);
  const algorithm = outer.next(tag.sequence).whole;
  const signature = outer.next(tag.bitString).bits();
  outer.end();
  const tbs = tbsElement.children();
  const version = tbs.optional(context(0));
  if (version === undefined || derOf(version.content, tag.integer).uint() !== 2) {
    throw new Refusal('malformed', 'A certificate is not of version 3.');
  }
  const serial = tbs.next(tag.integer).content;
  const innerAlgorithm = tbs.next(tag.sequence).whole;
  if (!equal(innerAlgorithm, algorithm)) {
    throw new Refusal('malformed', 'A certificate names two signature algorithms.');
  }
  const issuer = tbs.next(tag.sequence).whole;
  const validity = tbs.next(tag.sequence).children();
  const notBefore = timeOf(validity.next());
  const notAfter = timeOf(validity.next());
  validity.end();
  const subject = tbs.next(tag.sequence).whole;
  const spki = tbs.next(tag.sequence).whole;
  tbs.optional(0x81);
  tbs.optional(0x82);
  const extensions = extensionsOf(tbs);
  tbs.end();
  let key: PublicKey | undefined;
  return {
    der,
    tbs: tbsElement.whole,
    serial: toHex(serial),
    issuer,
    subject,
    notBefore,
    notAfter,
    spki,
    get key() {
      key ??= publicKeyOf(spki);
      return key;
    },
    extensions,
    basicConstraints: basicConstraintsOf(extensions.get('2.5.29.19')),
    keyUsage: keyUsageOf(extensions.get('2.5.29.15')),
    signatureAlgorithm: algorithm,
    signature,
  };
}

const decoder = new TextDecoder();

/** Text of the first common name in a name (DER); undefined without one. */
export function commonName(name: Uint8Array): string | undefined {
  const sets = derOf(name, tag.sequence).children();
  while (!sets.done) {
    const attributes = sets.next(tag.set).children();
    while (!attributes.done) {
      const attribute = attributes.next(tag.sequence).children();
      if (oidText(attribute.next(tag.oid).content) === '2.5.4.3') {
        return decoder.decode(attribute.next().content);
      }
    }
  }
  return undefined;
}

/** Whether `key` made `signature` over `content`, all three as X.509 and CRLs hold them. Throws `Refusal` for an unsupported algorithm. */
export async function signedBy(
  signed: {
    readonly tbs: Uint8Array;
    readonly signatureAlgorithm: Uint8Array;
    readonly signature: Uint8Array;
  },
  key: PublicKey,
  crypto: Crypto,
): Promise<boolean> {
  const scheme = schemeOf(signed.signatureAlgorithm);
  let { signature } = signed;
  if (key.type === 'ec') {
    const raw = rawSignature(signature, curveBytes[key.curve]);
    if (raw === undefined) return false;
    signature = raw;
  }
  return crypto.verify(key, scheme, signature, signed.tbs);
}
