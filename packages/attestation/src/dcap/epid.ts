/** SGX EPID quotes, version 2: read only. The service that could verify them was switched off in April 2025. */
import { Reader, toHex } from '../bytes.ts';
import { Refusal } from '../refusal.ts';
import { bodySize, parseSgxReport } from './body.ts';

/** Bytes of header and report; a signature may follow. */
export const EPID_QUOTE = 432;

/**
 * Claims of the first 432 bytes. Nobody can verify such quotes any more.
 *
 * @throws {Refusal} `malformed`, `unsupported-version`
 */
export function parseEpidQuote(bytes: Uint8Array): Record<string, unknown> {
  const reader = new Reader(bytes, 'The EPID quote');
  const version = reader.u16();
  if (version !== 2) throw new Refusal('unsupported-version', `An EPID quote of version ${version}.`);
  const signatureType = reader.u16();
  const group = reader.take(4);
  const claims = {
    version,
    signatureType,
    // A number in the file's little-endian order, written the usual way round.
    epidGroupId: toHex(Uint8Array.from(group).reverse()),
    qeSvn: reader.u16(),
    pceSvn: reader.u16(),
    xeid: reader.u32(),
    basename: toHex(reader.take(32)),
    ...parseSgxReport(reader.take(bodySize['sgx-enclave'])),
  };
  if (reader.left > 0) reader.take(reader.u32());
  return claims;
}
