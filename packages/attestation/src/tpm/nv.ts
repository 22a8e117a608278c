/** TPM2_NV_Certify: a TPM vouches for the content of an NV index, a counter for instance. */
import { concat, equal, Reader, toHex } from '../bytes.ts';
import type { Context } from '../context.ts';
import { Refusal } from '../refusal.ts';
import { hashOf } from '../tcg/algorithms.ts';
import type { RootFacts } from '../x509/roots.ts';
import { attestType, parseAttest, tpm2b } from './attest.ts';
import { isAttestationKey, nameOf, parseTpmPublic } from './public.ts';
import { checkTpmSignature, parseTpmSignature, type TpmOptions } from './signature.ts';
import { checkKeyTrust, type KeyTrust, type TpmEndorsements } from './trust.ts';

const WRITTEN = 1 << 29;
const NT_COUNTER = 1;

/** The parts of a certification of an NV index. */
export interface NvEvidence {
  readonly attest: Uint8Array;
  readonly signature: Uint8Array;
  /** TPMT_PUBLIC of the attestation key. */
  readonly akPublic: Uint8Array;
  /** TPMS_NV_PUBLIC of the index. */
  readonly nvPublic: Uint8Array;
}

/** Genuine content of an NV index. */
export interface VerifiedNv extends RootFacts {
  readonly kind: 'tpm-nv';
  readonly nvIndex: number;
  /** Hexadecimal. */
  readonly name: string;
  readonly content: Uint8Array;
  readonly offset: number;
  /** The value, where the index is a counter certified whole. */
  readonly counter: bigint | undefined;
  /** Hexadecimal. */
  readonly nonce: string;
  /** Name of the attestation key, hexadecimal. */
  readonly akName: string;
  /** Who vouches that the key lives in a TPM; "none": anybody could have made the certification. */
  readonly keyTrust: KeyTrust;
}

/** TPMS_NV_PUBLIC with the bit that the first write sets, which the name of a used index includes. */
function nvPublicOf(bytes: Uint8Array) {
  const reader = new Reader(bytes, 'The NV public area', 'big');
  const index = reader.u32();
  const nameAlg = reader.u16();
  const attributes = reader.u32();
  tpm2b(reader);
  const size = reader.u16();
  reader.end();
  hashOf(nameAlg);
  const written = Uint8Array.from(bytes);
  new DataView(written.buffer).setUint32(6, (attributes | WRITTEN) >>> 0);
  return { index, nameAlg, written, size, counter: ((attributes >>> 4) & 15) === NT_COUNTER };
}

/**
 * Verifies that a TPM vouches for the content of an NV index (TPM2_NV_Certify; TPMS_NV_CERTIFY_INFO). Endorsements of the key are judged as for
 * quotes.
 *
 * @throws {Refusal} `not-a-quote`, `malformed`, `policy-key`, `tpm-signature`, `weak-hash`, `key-binding`, those of a chain
 */
export async function verifyNvCertify(
  evidence: NvEvidence,
  context: Context,
  endorsements: TpmEndorsements = {},
  options: TpmOptions = {},
): Promise<VerifiedNv> {
  const attest = parseAttest(evidence.attest);
  if (attest.type !== attestType.nv)
    throw new Refusal('not-a-quote', 'The structure does not certify an NV index.');
  const ak = parseTpmPublic(evidence.akPublic);
  if (!isAttestationKey(ak)) throw new Refusal('policy-key', 'The key is not an attestation key.');
  const signature = parseTpmSignature(evidence.signature);
  await checkTpmSignature(signature, attest.bytes, ak.key, { ...options, crypto: context.crypto });
  const { keyTrust, simulated } = await checkKeyTrust({ key: ak.key, ak, attest }, endorsements, context);
  const nv = nvPublicOf(evidence.nvPublic);
  const reader = new Reader(attest.body, 'The NV certification', 'big');
  const name = tpm2b(reader);
  const offset = reader.u16();
  const content = tpm2b(reader);
  reader.end();
  if (!equal(name, await nameOf(nv.nameAlg, nv.written, context.crypto))) {
    throw new Refusal('key-binding', 'The certified index is not the one of this public area.');
  }
  const whole = nv.counter && offset === 0 && content.length === 8 && nv.size === 8;
  return {
    kind: 'tpm-nv',
    nvIndex: nv.index,
    name: toHex(name),
    content,
    offset,
    counter: whole ? new DataView(concat(content).buffer).getBigUint64(0) : undefined,
    nonce: toHex(attest.extraData),
    akName: toHex(await nameOf(ak.nameAlg, ak.bytes, context.crypto)),
    keyTrust,
    simulated,
  };
}
