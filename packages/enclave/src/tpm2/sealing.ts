/** Secrets that a TPM gives out only while PCRs have the values that they were sealed to. */
import { createHash } from 'node:crypto';
import { isResponse, TpmError } from './errors.ts';
import type { Tpm } from './tpm.ts';
import { type Bank, banks, concat, pcrSelection, sized, TpmReader, u8, u16, u32 } from './wire.ts';

const MAGIC = Buffer.from('GWTPM1\0\0', 'latin1');
const POLICY_PCR = 0x17f;
const POLICY_FAIL = 0x9d;
export const MAX_SEALED = 128;

export interface SealOptions {
  readonly bank?: Bank;
  readonly pcrs: readonly number[];
  /** Values in hexadecimal that the PCRs will have when it is opened, e.g. of the next release. Default: those of now. */
  readonly values?: Readonly<Record<string, string>>;
}

/** The machine runs, or was booted with, something else than what the secret was sealed to. */
export class PcrMismatch extends Error {
  override readonly name = 'PcrMismatch';
  readonly code = 'wrong-measurement';
  readonly differences: readonly {
    readonly pcr: number;
    readonly expected: string;
    readonly found: string;
  }[];
  constructor(bank: Bank, differences: PcrMismatch['differences']) {
    const list = differences.map(
      ({ pcr, expected, found }) => `PCR ${pcr} (${bank}) is ${found}, sealed to ${expected}`,
    );
    super(`The TPM keeps the key back: ${list.join('; ') || 'the policy does not fit'}.`);
    this.differences = differences;
  }
}

const sha256 = (...parts: readonly Uint8Array[]): Uint8Array =>
  createHash('sha256')
    .update(concat(...parts))
    .digest();

/** Digest of PolicyPCR alone (TPM 2.0 Library, Part 3, 23.7). */
function policyOf(bank: Bank, pcrs: readonly number[], values: readonly Uint8Array[]): Uint8Array {
  return sha256(new Uint8Array(32), u32(POLICY_PCR), pcrSelection(bank, pcrs), sha256(...values));
}

/** A blob that only this TPM opens: at most 128 bytes of secret. Rejects with `TpmError`. */
export async function sealToPcrs(tpm: Tpm, secret: Uint8Array, options: SealOptions): Promise<Uint8Array> {
  const { bank = 'sha256' } = options;
  const pcrs = [...new Set(options.pcrs)].sort((a, b) => a - b);
  if (pcrs.length === 0 || secret.length === 0 || secret.length > MAX_SEALED)
    throw new RangeError(`sealing wants 1 to ${MAX_SEALED} bytes and at least one PCR`);
  const current = await tpm.pcrs(bank, pcrs);
  const values = pcrs.map((pcr) => Buffer.from(options.values?.[pcr] ?? (current[pcr] as string), 'hex'));
  const { privateArea, publicArea } = await tpm.seal(secret, policyOf(bank, pcrs, values));
  return concat(
    MAGIC,
    u16(banks[bank]),
    u8(pcrs.length),
    ...pcrs.map((pcr, index) => concat(u8(pcr), sized(values[index] as Uint8Array))),
    sized(privateArea),
    sized(publicArea),
  );
}

/** Where the policy's digest stands in the public area of sealed data: after type, hash, attributes and its own length. */
const POLICY_AT = 10;

function parse(blob: Uint8Array) {
  const reader = new TpmReader(blob);
  const bad = () =>
    new TpmError('tpm-answer', 'The sealed key is not a blob of this program, or is damaged.');
  if (Buffer.compare(reader.bytes(MAGIC.length), MAGIC) !== 0) throw bad();
  const algorithm = reader.u16();
  const bank = (Object.keys(banks) as Bank[]).find((name) => banks[name] === algorithm);
  if (bank === undefined) throw bad();
  const expected = new Map<number, string>();
  for (let left = reader.u8(); left > 0; left--)
    expected.set(reader.u8(), Buffer.from(reader.sized()).toString('hex'));
  const [privateArea, publicArea] = [reader.sized(), reader.sized()];
  if (reader.rest().length > 0 || [...expected.keys()].some((pcr) => pcr > 23)) throw bad();
  // The list is for people; that it is the one of the policy must not be a matter of belief.
  const values = [...expected.values()].map((value) => Buffer.from(value, 'hex'));
  const policy = policyOf(bank, [...expected.keys()], values);
  if (Buffer.compare(policy, publicArea.subarray(POLICY_AT, POLICY_AT + policy.length)) !== 0) throw bad();
  return { bank, expected, privateArea, publicArea };
}

/** Rejects with `PcrMismatch`, which names the registers that differ, or `TpmError`. */
export async function unsealFromPcrs(tpm: Tpm, blob: Uint8Array): Promise<Uint8Array> {
  const { bank, expected, ...sealed } = parse(blob);
  const pcrs = [...expected.keys()];
  try {
    return await tpm.unseal(sealed, bank, pcrs);
  } catch (error) {
    if (!(error instanceof TpmError && isResponse(error.response, POLICY_FAIL))) throw error;
    const found = await tpm.pcrs(bank, pcrs);
    const differences = pcrs.flatMap((pcr) =>
      found[pcr] === expected.get(pcr)
        ? []
        : [{ pcr, expected: expected.get(pcr) as string, found: found[pcr] as string }],
    );
    throw new PcrMismatch(bank, differences);
  }
}
