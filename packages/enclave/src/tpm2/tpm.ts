/** A TPM 2.0 by bare commands: what attestation and sealing need, and nothing else. */
import { dictionary } from '@gaiwan/errors';
import { type CommandName, commandCode, PASSWORD } from './command.ts';
import { TpmError } from './errors.ts';
import { type Hierarchy, NULL_ALGORITHM, TpmHandles, type TpmKey } from './lending.ts';
import { type Signed, TpmNv } from './nv.ts';
import { activateCredential, type SealedObject, sealUnder, unsealFrom } from './objects.ts';
import { attestationKey, endorsementKey } from './templates.ts';
import type { TpmTransport } from './transport.ts';
import {
  type Bank,
  bankNames,
  banks,
  concat,
  pcrSelection,
  type TpmReader,
  tpm2b,
  u16,
  u32,
} from './wire.ts';

/** Persistent handle and certificate index of the RSA EK (TCG EK Credential Profile, 2.2). */
const EK_HANDLE = 0x81010001;
const EK_CERTIFICATE = 0x01c00002;
/** PCR_Read gives eight values at most. */
const PCRS_AT_ONCE = 8;
/** TPM_CAP. */
const CAPABILITIES = { handles: 1, commands: 2, properties: 6 } as const;

/** Every method rejects with `TpmError`. Keys are lent. */
export class Tpm {
  readonly #tpm: TpmHandles;
  readonly nv: TpmNv;

  constructor(transport: TpmTransport) {
    this.#tpm = new TpmHandles(transport);
    this.nv = new TpmNv(this.#tpm);
  }

  close(): Promise<void> {
    return this.#tpm.close();
  }

  /** After power on; one that was started already is fine. */
  async startup(): Promise<void> {
    try {
      await this.#tpm.run({ name: 'Startup', parameters: u16(0) });
    } catch (error) {
      if (!(error instanceof TpmError && error.response === 0x100)) throw error;
    }
  }

  /** Before power off: without it, a TPM counts a failed authorization. */
  async shutdown(): Promise<void> {
    await this.#tpm.run({ name: 'Shutdown', parameters: u16(0) });
  }

  async random(length: number): Promise<Uint8Array> {
    const { parameters } = await this.#tpm.run({ name: 'GetRandom', parameters: u16(length) });
    return parameters.tpm2b();
  }

  /** Handles in use that begin with this byte: 0x80 transient, 0x02 and 0x03 sessions, 0x01 NV indices. */
  async handles(kind: number): Promise<number[]> {
    const list = await this.#capability(CAPABILITIES.handles, kind * 2 ** 24, 100);
    return Array.from({ length: Math.min(list.u32(), 100) }, () => list.u32());
  }

  /** Whether it implements a command. */
  async has(command: CommandName): Promise<boolean> {
    const list = await this.#capability(CAPABILITIES.commands, commandCode(command), 1);
    // TPMA_CC: the code is in the lower half.
    return list.u32() > 0 && (list.u32() & 0xffff) === commandCode(command);
  }

  /** The value of a TPM_PT; undefined where it has none. */
  async property(tag: number): Promise<number | undefined> {
    const list = await this.#capability(CAPABILITIES.properties, tag, 1);
    return list.u32() > 0 && list.u32() === tag ? list.u32() : undefined;
  }

  async #capability(kind: number, first: number, count: number): Promise<TpmReader> {
    const { parameters } = await this.#tpm.run({
      name: 'GetCapability',
      parameters: concat(u32(kind), u32(first), u32(count)),
    });
    // Whether there is more, and the kind again.
    parameters.bytes(5);
    return parameters;
  }

  /** A transient key or a session that nobody uses any more. */
  flush(handle: number): Promise<void> {
    return this.#tpm.flush(handle);
  }

  /** Values in hexadecimal. A PCR of a bank that the TPM does not have is an error ("tpm-answer"). */
  async pcrs(bank: Bank, indices: readonly number[]): Promise<Record<string, string>> {
    const values = dictionary<string>();
    const sorted = [...new Set(indices)].sort((a, b) => a - b);
    for (let at = 0; at < sorted.length; at += PCRS_AT_ONCE) {
      const some = sorted.slice(at, at + PCRS_AT_ONCE);
      const { parameters } = await this.#tpm.run({ name: 'PCR_Read', parameters: pcrSelection(bank, some) });
      parameters.u32();
      parameters.bytes(parameters.u32() * 6);
      const count = parameters.u32();
      if (count !== some.length)
        throw new TpmError('tpm-answer', `The TPM has no bank ${bank} of these PCRs.`);
      for (const index of some) values[index] = Buffer.from(parameters.tpm2b()).toString('hex');
    }
    return values;
  }

  /** Of all banks that are given, at once. */
  async extend(pcr: number, digests: Partial<Record<Bank, Uint8Array>>): Promise<void> {
    const list = bankNames.flatMap((bank) => {
      const digest = digests[bank];
      return digest === undefined ? [] : [concat(u16(banks[bank]), digest)];
    });
    await this.#tpm.run({
      name: 'PCR_Extend',
      handles: [pcr],
      sessions: [PASSWORD],
      parameters: concat(u32(list.length), ...list),
    });
  }

  /** An attestation key (ECDSA P-256): the same after each start, for it follows from the TPM's seed. */
  withAttestationKey<T>(hierarchy: Hierarchy, action: (key: TpmKey) => Promise<T>): Promise<T> {
    return this.#tpm.withPrimary(hierarchy, attestationKey, action);
  }

  /** The RSA endorsement key: the manufacturer's, or made from its template where none was put in. */
  async withEndorsementKey<T>(action: (key: TpmKey) => Promise<T>): Promise<T> {
    const found = await this.#tpm.readPublic(EK_HANDLE);
    if (found !== undefined) return action({ handle: EK_HANDLE, publicArea: found });
    return this.#tpm.withPrimary('endorsement', endorsementKey, action);
  }

  /** DER; undefined where the manufacturer has left none. */
  async endorsementCertificate(): Promise<Uint8Array | undefined> {
    const bytes = await this.nv.read(EK_CERTIFICATE);
    if (bytes === undefined) return undefined;
    // Some manufacturers fill the index up: a certificate tells its own length.
    const [tag, form, high = 0, low = 0] = bytes;
    const length = tag === 0x30 && form === 0x82 ? 4 + high * 256 + low : bytes.length;
    return bytes.slice(0, length);
  }

  /** Qualifying data: at most 32 bytes, so that every TPM takes them. */
  async quote(key: TpmKey, qualifyingData: Uint8Array, bank: Bank, pcrs: readonly number[]): Promise<Signed> {
    const { parameters } = await this.#tpm.run({
      name: 'Quote',
      handles: [key.handle],
      sessions: [PASSWORD],
      parameters: concat(tpm2b(qualifyingData), NULL_ALGORITHM, pcrSelection(bank, pcrs)),
    });
    return { attest: parameters.tpm2b(), signature: parameters.rest() };
  }

  /** Opens a challenge (TPM2_MakeCredential) that was made for this EK and the key of that name. */
  activateCredential(
    key: TpmKey,
    ek: TpmKey,
    challenge: { readonly credentialBlob: Uint8Array; readonly encryptedSecret: Uint8Array },
  ): Promise<Uint8Array> {
    return activateCredential(this.#tpm, key, ek, challenge);
  }

  /** At most 128 bytes, opened by this policy only. */
  seal(secret: Uint8Array, policy: Uint8Array): Promise<SealedObject> {
    return sealUnder(this.#tpm, secret, policy);
  }

  /** Of what was sealed to these PCRs; refused (POLICY_FAIL) where they have other values now. */
  unseal(sealed: SealedObject, bank: Bank, pcrs: readonly number[]): Promise<Uint8Array> {
    return unsealFrom(this.#tpm, sealed, bank, pcrs);
  }
}
