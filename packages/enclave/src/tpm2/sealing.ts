/** Secrets that a TPM gives out only while PCRs have the values that they were sealed to. */
import { createHash } from 'node:crypto';
import { limits } from '../limits.ts';
import { isResponse, TpmError } from './errors.ts';
import { PcrMismatch } from './pcr-mismatch.ts';
import type { Tpm } from './tpm.ts';
import { type Bank, bankOf, banks, concat, pcrSelection, TpmReader, tpm2b, u8, u16, u32 } from './wire.ts';

const MAGIC = Buffer.from('GWTPM1\0\0', 'latin1');
const POLICY_PCR = 0x17f;
const POLICY_FAIL = 0x9d;

/** What a secret is sealed to. */
export interface SealOptions {
  readonly bank?: Bank;
  readonly pcrs: readonly number[];
  /** Values in hexadecimal that the PCRs will have when it is opened, e.g. of the next release. Default: those of now. */
  readonly values?: Readonly<Record<string, string>>;
}

const sha256 = (...parts: readonly Uint8Array[]): Uint8Array =>
  createHash('sha256')
    .update(concat(...parts))
    .digest();

/** Digest of PolicyPCR alone (TPM 2.0 Library, Part 3, 23.7). */
function policyOf(bank: Bank, pcrs: readonly number[], values: readonly Uint8Array[]): Uint8Array {
  return sha256(new Uint8Array(32), u32(POLICY_PCR), pcrSelection(bank, pcrs), sha256(...values));
}

/**
 * A blob that only this TPM opens, and only while the PCRs have these values.
 *
 * @param secret at most 128 bytes, which the caller wipes
 * @throws {TpmError}
 */
export async function sealToPcrs(tpm: Tpm, secret: Uint8Array, options: SealOptions): Promise<Uint8Array> {
  const { bank = 'sha256' } = options;
  const pcrs = [...new Set(options.pcrs)].sort((a, b) => a - b);
  if (pcrs.length === 0 || secret.length === 0 || secret.length > limits.tpmSecret.value)
    throw new RangeError(`sealing wants 1 to ${limits.tpmSecret.value} bytes and at least one PCR`);
  const current = await tpm.pcrs(bank, pcrs);
  const registers = pcrs.map((pcr) => {
    const value = options.values?.[pcr] ?? current[pcr];
    if (value === undefined) throw new TpmError('tpm-answer', `The TPM has no value of PCR ${pcr}.`);
    return { pcr, value: Buffer.from(value, 'hex') };
  });
  const policy = policyOf(
    bank,
    pcrs,
    registers.map(({ value }) => value),
  );
  const { privateArea, publicArea } = await tpm.seal(secret, policy);
  return concat(
    MAGIC,
    u16(banks[bank]),
    u8(pcrs.length),
    ...registers.map(({ pcr, value }) => concat(u8(pcr), tpm2b(value))),
    tpm2b(privateArea),
    tpm2b(publicArea),
  );
}

/** Where the policy's digest stands in the public area of sealed data: after type, hash, attributes and its own length. */
const POLICY_AT = 10;

function parseBlob(blob: Uint8Array) {
  const reader = new TpmReader(blob);
  const bad = () =>
    new TpmError('tpm-answer', 'The sealed key is not a blob of this program, or is damaged.');
  if (Buffer.compare(reader.bytes(MAGIC.length), MAGIC) !== 0) throw bad();
  const bank = bankOf(reader.u16());
  if (bank === undefined) throw bad();
  const expected = new Map<number, string>();
  for (let left = reader.u8(); left > 0; left--)
    expected.set(reader.u8(), Buffer.from(reader.tpm2b()).toString('hex'));
  const [privateArea, publicArea] = [reader.tpm2b(), reader.tpm2b()];
  if (reader.rest().length > 0 || [...expected.keys()].some((pcr) => pcr > 23)) throw bad();
  // The list is for people; that it is the one of the policy must not be a matter of belief.
  const values = [...expected.values()].map((value) => Buffer.from(value, 'hex'));
  const policy = policyOf(bank, [...expected.keys()], values);
  if (Buffer.compare(policy, publicArea.subarray(POLICY_AT, POLICY_AT + policy.length)) !== 0) throw bad();
  return { bank, expected, privateArea, publicArea };
}

/**
 * The secret in a blob of `sealToPcrs`, which the caller wipes.
 *
 * @throws {PcrMismatch} which names the registers that differ
 * @throws {TpmError}
 */
export async function unsealFromPcrs(tpm: Tpm, blob: Uint8Array): Promise<Uint8Array> {
  const { bank, expected, ...sealed } = parseBlob(blob);
  const pcrs = [...expected.keys()];
  try {
    return await tpm.unseal(sealed, bank, pcrs);
  } catch (error) {
    if (!(error instanceof TpmError && isResponse(error.response, POLICY_FAIL))) throw error;
    const found = await tpm.pcrs(bank, pcrs);
    const differences = [...expected]
      .map(([pcr, value]) => ({ pcr, expected: value, found: found[pcr] ?? 'absent' }))
      .filter((register) => register.found !== register.expected);
    throw new PcrMismatch(bank, differences);
  }
}
