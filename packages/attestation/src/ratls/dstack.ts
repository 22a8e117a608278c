/**
 * The attestation that dstack's certificates carry since 2026: SCALE, version 0 of `VersionedAttestation`. Only where the
 * evidence stands is read here: a variant of the version, one of the platform, and the bytes of a quote or a document.
 */

import { Reader } from '../bytes.ts';
import { Refusal } from '../refusal.ts';

/** A length in SCALE's compact form: two bits say how many bytes it has. */
function compact(reader: Reader): number {
  const first = reader.u8();
  const mode = first & 3;
  if (mode === 0) return first >> 2;
  if (mode === 1) return (first >> 2) + reader.u8() * 64;
  if (mode === 2) return (first >> 2) + reader.u8() * 64 + reader.u16() * 16384;
  throw new Refusal('malformed', 'The attestation of dstack has a length of more than 30 bits.');
}

/** Platforms by variant: TDX, TDX in Google's cloud, Nitro. Each begins with its evidence. */
const PLATFORMS = 3;

/**
 * The quote, or for Nitro the document.
 *
 * @throws {Refusal} `malformed`, `unsupported-version`
 */
export function dstackEvidence(bytes: Uint8Array): Uint8Array {
  const reader = new Reader(bytes, 'The attestation of dstack');
  const version = reader.u8();
  if (version !== 0)
    throw new Refusal(
      'unsupported-version',
      `An attestation of dstack of version ${version}; 0 is supported.`,
    );
  const platform = reader.u8();
  if (platform >= PLATFORMS)
    throw new Refusal('unsupported-version', `An attestation of dstack for the platform ${platform}.`);
  return reader.take(compact(reader));
}
