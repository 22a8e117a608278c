/** TPMS_ATTEST: what a TPM signs about itself (TCG TPM 2.0 Library, Part 2, 10.12). Big-endian. */

import { Reader, toHex } from '../bytes.ts';
import { limits } from '../limits.ts';
import { Refusal } from '../refusal.ts';
import { hashName } from '../tcg/algorithms.ts';

/** "\xffTCG": tells a structure that a TPM made from bytes that somebody had it sign. */
const GENERATED = 0xff544347;
/** TPM_ST of the structures that are read here. */
export const attestType = { nv: 0x8014, certify: 0x8017, quote: 0x8018, creation: 0x801a } as const;

/** PCRs of one bank. */
export interface PcrSelection {
  /** Name of the bank's hash. */
  readonly hash: string;
  /** Indices in ascending order. */
  readonly pcrs: readonly number[];
}

/** A structure taken apart, unverified. */
export interface Attest {
  readonly bytes: Uint8Array;
  readonly type: number;
  readonly qualifiedSigner: Uint8Array;
  /** Qualifying data of the caller: a nonce. */
  readonly extraData: Uint8Array;
  /** Milliseconds that the TPM was powered. */
  readonly clock: bigint;
  readonly resetCount: number;
  readonly restartCount: number;
  readonly safe: boolean;
  readonly firmwareVersion: string;
  /** What follows, by type: the reader stands at its begin. */
  readonly body: Uint8Array;
}

/** What a quote is about. */
export interface QuoteBody {
  readonly selections: readonly PcrSelection[];
  readonly pcrDigest: Uint8Array;
}

/** A TPM2B: 16 bits of length, then as many bytes. */
export function tpm2b(reader: Reader): Uint8Array {
  return reader.take(reader.u16());
}

/** Parses what all types have in common. Throws `Refusal`: "not-a-quote" without the magic, "malformed". */
export function parseAttest(bytes: Uint8Array): Attest {
  if (bytes.length > limits.tpmAttest.value)
    throw new Refusal('malformed', `A TPM attestation of ${bytes.length} bytes.`);
  const reader = new Reader(bytes, 'The TPM attestation', 'big');
  if (reader.u32() !== GENERATED) {
    throw new Refusal('not-a-quote', 'The structure does not begin with the mark of those that a TPM makes.');
  }
  return {
    bytes,
    type: reader.u16(),
    qualifiedSigner: tpm2b(reader),
    extraData: tpm2b(reader),
    clock: reader.u64(),
    resetCount: reader.u32(),
    restartCount: reader.u32(),
    safe: reader.u8() === 1,
    firmwareVersion: toHex(reader.take(8)),
    body: reader.take(reader.left),
  };
}

/** TPML_PCR_SELECTION. */
function selectionsOf(reader: Reader): PcrSelection[] {
  const count = reader.u32();
  if (count > limits.tpmSelections.value) throw new Refusal('malformed', `A quote over ${count} banks.`);
  return Array.from({ length: count }, () => {
    const hash = hashName(reader.u16());
    const bitmap = reader.take(reader.u8());
    const pcrs: number[] = [];
    for (const [byte, bits] of bitmap.entries()) {
      for (let bit = 0; bit < 8; bit++) if ((bits >> bit) & 1) pcrs.push(8 * byte + bit);
    }
    return { hash, pcrs };
  });
}

/** TPMS_QUOTE_INFO. Throws `Refusal`: "not-a-quote" for another type, "malformed". */
export function quoteBody(attest: Attest): QuoteBody {
  if (attest.type !== attestType.quote) {
    throw new Refusal(
      'not-a-quote',
      `The structure is of type 0x${attest.type.toString(16)}, a quote is of type 0x8018.`,
    );
  }
  const reader = new Reader(attest.body, 'The quote', 'big');
  const body = { selections: selectionsOf(reader), pcrDigest: tpm2b(reader) };
  reader.end();
  return body;
}

/** What the bytes say. */
export function attestClaims(attest: Attest): Record<string, unknown> {
  const quote = attest.type === attestType.quote ? quoteBody(attest) : undefined;
  return {
    magic: toHex(attest.bytes.subarray(0, 4)),
    type: `0x${attest.type.toString(16)}`,
    qualifiedSigner: toHex(attest.qualifiedSigner),
    extraData: toHex(attest.extraData),
    clock: attest.clock <= Number.MAX_SAFE_INTEGER ? Number(attest.clock) : String(attest.clock),
    resetCount: attest.resetCount,
    restartCount: attest.restartCount,
    safe: attest.safe,
    firmwareVersion: attest.firmwareVersion,
    ...(quote && { pcrSelect: quote.selections, pcrDigest: toHex(quote.pcrDigest) }),
    left: quote ? 0 : attest.body.length,
  };
}
