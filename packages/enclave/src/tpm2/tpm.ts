/** A TPM 2.0 by bare commands: what attestation and sealing need, and nothing else. */
import { randomBytes } from 'node:crypto';
import { type Answer, type Command, PASSWORD, run } from './command.ts';
import { isResponse, TpmError } from './errors.ts';
import { attestationKey, endorsementKey, sealedData, storageKey } from './templates.ts';
import type { TpmTransport } from './transport.ts';
import { type Bank, banks, concat, pcrSelection, sized, u8, u16, u32 } from './wire.ts';

export const hierarchies = { owner: 0x40000001, endorsement: 0x4000000b } as const;
export type Hierarchy = keyof typeof hierarchies;

/** Persistent handle and certificate index of the RSA EK (TCG EK Credential Profile, 2.2). */
const EK_HANDLE = 0x81010001;
const EK_CERTIFICATE = 0x01c00002;
/** Nothing there: no key, no index. */
const HANDLE = 0x8b;
const NULL_HANDLE = 0x40000007;
const NULL_ALGORITHM = u16(0x0010);
const SHA256 = 0x000b;
const POLICY_SESSION = 1;
/** Counter; read and written with its own (empty) authorization; no lockout. */
const COUNTER = 0x02060016;
const NV_CHUNK = 512;
const MAX_NV = 16 * 1024;
/** PCR_Read gives eight values at most. */
const PCRS_AT_ONCE = 8;

export interface TpmKey {
  readonly handle: number;
  /** TPMT_PUBLIC. */
  readonly publicArea: Uint8Array;
}

export interface Signed {
  /** TPMS_ATTEST. */
  readonly attest: Uint8Array;
  /** TPMT_SIGNATURE. */
  readonly signature: Uint8Array;
}

export interface SealedObject {
  readonly privateArea: Uint8Array;
  readonly publicArea: Uint8Array;
}

/** Every method rejects with `TpmError`. Keys and sessions are lent, and flushed whatever happens: a TPM has room for three. */
export class Tpm {
  readonly #transport: TpmTransport;

  constructor(transport: TpmTransport) {
    this.#transport = transport;
  }

  #run(command: Command): Promise<Answer> {
    return run(this.#transport, command);
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  /** After power on; one that was started already is fine. */
  async startup(): Promise<void> {
    try {
      await this.#run({ name: 'Startup', parameters: u16(0) });
    } catch (error) {
      if (!(error instanceof TpmError && error.response === 0x100)) throw error;
    }
  }

  /** Before power off: without it, a TPM counts a failed authorization. */
  async shutdown(): Promise<void> {
    await this.#run({ name: 'Shutdown', parameters: u16(0) });
  }

  async random(length: number): Promise<Uint8Array> {
    const { parameters } = await this.#run({ name: 'GetRandom', parameters: u16(length) });
    return parameters.sized();
  }

  /** Handles in use that begin with this byte: 0x80 transient, 0x02 and 0x03 sessions, 0x01 NV indices. */
  async handles(kind: number): Promise<number[]> {
    const { parameters } = await this.#run({
      name: 'GetCapability',
      parameters: concat(u32(1), u32(kind * 2 ** 24), u32(100)),
    });
    parameters.bytes(5);
    return Array.from({ length: Math.min(parameters.u32(), 100) }, () => parameters.u32());
  }

  /** Values in hexadecimal. A PCR of a bank that the TPM does not have is an error ("tpm-answer"). */
  async pcrs(bank: Bank, indices: readonly number[]): Promise<Record<string, string>> {
    const values: Record<string, string> = {};
    const sorted = [...new Set(indices)].sort((a, b) => a - b);
    for (let at = 0; at < sorted.length; at += PCRS_AT_ONCE) {
      const some = sorted.slice(at, at + PCRS_AT_ONCE);
      const { parameters } = await this.#run({ name: 'PCR_Read', parameters: pcrSelection(bank, some) });
      parameters.u32();
      parameters.bytes(parameters.u32() * 6);
      const count = parameters.u32();
      if (count !== some.length)
        throw new TpmError('tpm-answer', `The TPM has no bank ${bank} of these PCRs.`);
      for (const index of some) values[index] = Buffer.from(parameters.sized()).toString('hex');
    }
    return values;
  }

  /** Of all banks that are given, at once. */
  async extend(pcr: number, digests: Partial<Record<Bank, Uint8Array>>): Promise<void> {
    const list = Object.entries(digests) as [Bank, Uint8Array][];
    await this.#run({
      name: 'PCR_Extend',
      handles: [pcr],
      sessions: [PASSWORD],
      parameters: concat(u32(list.length), ...list.map(([bank, digest]) => concat(u16(banks[bank]), digest))),
    });
  }

  /** An attestation key (ECDSA P-256): the same after each start, for it follows from the TPM's seed. */
  withAttestationKey<T>(hierarchy: Hierarchy, action: (key: TpmKey) => Promise<T>): Promise<T> {
    return this.#withPrimary(hierarchy, attestationKey, action);
  }

  /** The RSA endorsement key: the manufacturer's, or made from its template where none was put in. */
  async withEndorsementKey<T>(action: (key: TpmKey) => Promise<T>): Promise<T> {
    const found = await this.#readPublic(EK_HANDLE);
    if (found !== undefined) return action({ handle: EK_HANDLE, publicArea: found });
    return this.#withPrimary('endorsement', endorsementKey, action);
  }

  /** DER; undefined where the manufacturer has left none. */
  async endorsementCertificate(): Promise<Uint8Array | undefined> {
    const bytes = await this.readNv(EK_CERTIFICATE);
    if (bytes === undefined) return undefined;
    // Some manufacturers fill the index up: a certificate tells its own length.
    const length =
      bytes[0] === 0x30 && bytes[1] === 0x82
        ? 4 + (bytes[2] as number) * 256 + (bytes[3] as number)
        : bytes.length;
    return bytes.slice(0, length);
  }

  /** Qualifying data: at most 32 bytes, so that every TPM takes them. */
  async quote(key: TpmKey, qualifyingData: Uint8Array, bank: Bank, pcrs: readonly number[]): Promise<Signed> {
    const { parameters } = await this.#run({
      name: 'Quote',
      handles: [key.handle],
      sessions: [PASSWORD],
      parameters: concat(sized(qualifyingData), NULL_ALGORITHM, pcrSelection(bank, pcrs)),
    });
    return { attest: parameters.sized(), signature: parameters.rest() };
  }

  /** Opens a challenge (TPM2_MakeCredential) that was made for this EK and the key of that name. */
  async activateCredential(
    key: TpmKey,
    ek: TpmKey,
    challenge: { readonly credentialBlob: Uint8Array; readonly encryptedSecret: Uint8Array },
  ): Promise<Uint8Array> {
    return this.#withPolicySession(async (session) => {
      await this.#run({
        name: 'PolicySecret',
        handles: [hierarchies.endorsement, session],
        sessions: [PASSWORD],
        parameters: concat(u16(0), u16(0), u16(0), u32(0)),
      });
      const { parameters } = await this.#run({
        name: 'ActivateCredential',
        handles: [key.handle, ek.handle],
        sessions: [PASSWORD, session],
        parameters: concat(sized(challenge.credentialBlob), sized(challenge.encryptedSecret)),
      });
      return parameters.sized();
    });
  }

  /** At most 128 bytes, opened by this policy only. */
  async seal(secret: Uint8Array, policy: Uint8Array): Promise<SealedObject> {
    return this.#withPrimary('owner', storageKey, async ({ handle }) => {
      const parameters = concat(
        sized(concat(u16(0), sized(secret))),
        sized(sealedData(policy)),
        u16(0),
        u32(0),
      );
      try {
        const answer = await this.#run({
          name: 'Create',
          handles: [handle],
          sessions: [PASSWORD],
          parameters,
        });
        return { privateArea: answer.parameters.sized(), publicArea: answer.parameters.sized() };
      } finally {
        parameters.fill(0);
      }
    });
  }

  /** Of what was sealed to these PCRs; refused (POLICY_FAIL) where they have other values now. */
  async unseal(sealed: SealedObject, bank: Bank, pcrs: readonly number[]): Promise<Uint8Array> {
    return this.#withPrimary('owner', storageKey, async (parent) => {
      const { handle } = await this.#run({
        name: 'Load',
        handles: [parent.handle],
        sessions: [PASSWORD],
        parameters: concat(sized(sealed.privateArea), sized(sealed.publicArea)),
        returnsHandle: true,
      });
      return this.#lend(handle, () =>
        this.#withPolicySession(async (session) => {
          await this.#run({
            name: 'PolicyPCR',
            handles: [session],
            parameters: concat(u16(0), pcrSelection(bank, pcrs)),
          });
          const { parameters } = await this.#run({ name: 'Unseal', handles: [handle], sessions: [session] });
          return parameters.sized();
        }),
      );
    });
  }

  /** TPMS_NV_PUBLIC of an index; undefined where there is none. */
  async nvPublic(index: number): Promise<Uint8Array | undefined> {
    try {
      const { parameters } = await this.#run({ name: 'NV_ReadPublic', handles: [index] });
      return parameters.sized();
    } catch (error) {
      if (error instanceof TpmError && isResponse(error.response, HANDLE)) return undefined;
      throw error;
    }
  }

  /** The whole content of an index; undefined where there is none. */
  async readNv(index: number): Promise<Uint8Array | undefined> {
    const publicArea = await this.nvPublic(index);
    if (publicArea === undefined) return undefined;
    const size = ((publicArea.at(-2) ?? 0) << 8) | (publicArea.at(-1) ?? 0);
    if (size > MAX_NV)
      throw new TpmError('tpm-answer', `The NV index 0x${index.toString(16)} has ${size} bytes.`);
    const parts: Uint8Array[] = [];
    for (let at = 0; at < size; at += NV_CHUNK) {
      const { parameters } = await this.#run({
        name: 'NV_Read',
        handles: [index, index],
        sessions: [PASSWORD],
        parameters: concat(u16(Math.min(NV_CHUNK, size - at)), u16(at)),
      });
      parts.push(parameters.sized());
    }
    return concat(...parts);
  }

  /** A counter that only ever rises, also when it is made again. */
  async defineCounter(index: number): Promise<void> {
    const publicArea = concat(u32(index), u16(SHA256), u32(COUNTER), u16(0), u16(8));
    await this.#run({
      name: 'NV_DefineSpace',
      handles: [hierarchies.owner],
      sessions: [PASSWORD],
      parameters: concat(u16(0), sized(publicArea)),
    });
  }

  async undefine(index: number): Promise<void> {
    await this.#run({ name: 'NV_UndefineSpace', handles: [hierarchies.owner, index], sessions: [PASSWORD] });
  }

  /** Its new value. */
  async increment(index: number): Promise<bigint> {
    await this.#run({ name: 'NV_Increment', handles: [index, index], sessions: [PASSWORD] });
    const bytes = (await this.readNv(index)) ?? new Uint8Array();
    if (bytes.length !== 8) throw new TpmError('tpm-answer', 'The counter has not eight bytes.');
    return Buffer.from(bytes).readBigUInt64BE();
  }

  /** A signed statement of an index's content: of a counter, unless said. */
  async certifyNv(
    key: TpmKey,
    index: number,
    qualifyingData: Uint8Array,
    size = 8,
  ): Promise<Signed & { readonly nvPublic: Uint8Array }> {
    const nvPublic = await this.nvPublic(index);
    if (nvPublic === undefined)
      throw new TpmError('tpm-answer', `The TPM has no NV index 0x${index.toString(16)}.`);
    const { parameters } = await this.#run({
      name: 'NV_Certify',
      handles: [key.handle, index, index],
      sessions: [PASSWORD, PASSWORD],
      parameters: concat(sized(qualifyingData), NULL_ALGORITHM, u16(size), u16(0)),
    });
    return { attest: parameters.sized(), signature: parameters.rest(), nvPublic };
  }

  async #readPublic(handle: number): Promise<Uint8Array | undefined> {
    try {
      const { parameters } = await this.#run({ name: 'ReadPublic', handles: [handle] });
      return parameters.sized();
    } catch (error) {
      if (error instanceof TpmError && isResponse(error.response, HANDLE)) return undefined;
      throw error;
    }
  }

  async #withPrimary<T>(
    hierarchy: Hierarchy,
    template: Uint8Array,
    action: (key: TpmKey) => Promise<T>,
  ): Promise<T> {
    const { handle, parameters } = await this.#run({
      name: 'CreatePrimary',
      handles: [hierarchies[hierarchy]],
      sessions: [PASSWORD],
      parameters: concat(sized(concat(u16(0), u16(0))), sized(template), u16(0), u32(0)),
      returnsHandle: true,
    });
    return this.#lend(handle, async () => action({ handle, publicArea: parameters.sized() }));
  }

  async #withPolicySession<T>(action: (session: number) => Promise<T>): Promise<T> {
    const { handle } = await this.#run({
      name: 'StartAuthSession',
      handles: [NULL_HANDLE, NULL_HANDLE],
      parameters: concat(sized(randomBytes(16)), u16(0), u8(POLICY_SESSION), NULL_ALGORITHM, u16(SHA256)),
      returnsHandle: true,
    });
    return this.#lend(handle, () => action(handle));
  }

  async #lend<T>(handle: number, action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } finally {
      await this.#run({ name: 'FlushContext', parameters: u32(handle) });
    }
  }
}
