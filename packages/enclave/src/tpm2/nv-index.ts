/** An NV index that only a password opens: the owner of the TPM can remove it, and neither read nor write it. */
import { limits } from '../limits.ts';
import { PASSWORD } from './command.ts';
import { TpmError } from './errors.ts';
import { hierarchies, ifThere, NULL_ALGORITHM, SHA256, type TpmHandles, type TpmKey } from './lending.ts';
import { concat, tpm2b, u16, u32 } from './wire.ts';

/** TPMA_NV: read and written with the index's own authorization; no lockout. */
const attributes = { counter: 0x02040014, ordinary: 0x02040004 } as const;
/** Set by the first write; the index's name has it. */
const WRITTEN = 0x20000000;
const COUNTER_BYTES = 8;

export interface NvIndexDefinition {
  /** Handle: 0x01800000 to 0x01bfffff are the owner's. */
  readonly index: number;
  readonly kind: keyof typeof attributes;
  /** In bytes; of a counter 8. */
  readonly size: number;
  /** At most 32 bytes, the last one not 0. */
  readonly password: Uint8Array;
}

/** Whether the TPM has nothing at the handle, an index without content, one with content, or somebody else's. */
export type NvIndexState = 'absent' | 'empty' | 'written' | 'other';

/** Every method rejects with `TpmError`. */
export class NvIndex {
  readonly #tpm: TpmHandles;
  readonly #definition: NvIndexDefinition;

  constructor(tpm: TpmHandles, definition: NvIndexDefinition) {
    if (definition.size < 1 || definition.size > limits.tpmIndex.value)
      throw new RangeError(`an NV index has 1 to ${limits.tpmIndex.value} bytes, not ${definition.size}`);
    this.#tpm = tpm;
    this.#definition = definition;
  }

  /** TPMS_NV_PUBLIC that it has once it was written. */
  get publicArea(): Uint8Array {
    return this.#publicArea(WRITTEN);
  }

  /** What the TPM says; it signs nothing here. */
  async state(): Promise<NvIndexState> {
    const found = await ifThere(
      this.#run('NV_ReadPublic', [this.#definition.index]).then(({ parameters }) => parameters.tpm2b()),
    );
    if (found === undefined) return 'absent';
    if (Buffer.compare(found, this.#publicArea(0)) === 0) return 'empty';
    return Buffer.compare(found, this.publicArea) === 0 ? 'written' : 'other';
  }

  async define(): Promise<void> {
    const { password } = this.#definition;
    const parameters = concat(u16(password.length), password, tpm2b(this.#publicArea(0)));
    try {
      await this.#tpm.run({
        name: 'NV_DefineSpace',
        handles: [hierarchies.owner],
        sessions: [PASSWORD],
        parameters,
      });
    } finally {
      parameters.fill(0);
    }
  }

  /** At most 512 bytes. */
  async read(offset: number, length: number): Promise<Uint8Array> {
    const { index } = this.#definition;
    const { parameters } = await this.#run('NV_Read', [index, index], concat(u16(length), u16(offset)));
    const bytes = parameters.tpm2b();
    if (bytes.length !== length)
      throw new TpmError('tpm-answer', `The TPM read ${bytes.length} bytes in place of ${length}.`);
    return bytes;
  }

  /** At most 512 bytes; durable when it resolves. */
  async write(offset: number, bytes: Uint8Array): Promise<void> {
    const { index } = this.#definition;
    await this.#run('NV_Write', [index, index], concat(tpm2b(bytes), u16(offset)));
  }

  /** Of a counter. The first time, it gets a value that no counter of this TPM ever had. */
  async increment(): Promise<void> {
    const { index } = this.#definition;
    await this.#run('NV_Increment', [index, index]);
  }

  /** The value of a counter, which the TPM does not sign. */
  async count(): Promise<bigint> {
    return Buffer.from(await this.read(0, COUNTER_BYTES)).readBigUInt64BE();
  }

  /** The whole content, signed by a key of the TPM (TPM2_NV_Certify). */
  async certify(
    key: TpmKey,
    qualifyingData: Uint8Array,
  ): Promise<{ readonly attest: Uint8Array; readonly signature: Uint8Array }> {
    const { index, size, password } = this.#definition;
    const { parameters } = await this.#tpm.run({
      name: 'NV_Certify',
      handles: [key.handle, index, index],
      sessions: [PASSWORD, { password }],
      parameters: concat(tpm2b(qualifyingData), NULL_ALGORITHM, u16(size), u16(0)),
    });
    return { attest: parameters.tpm2b(), signature: parameters.rest() };
  }

  #publicArea(written: number): Uint8Array {
    const { index, kind, size } = this.#definition;
    return concat(u32(index), u16(SHA256), u32(attributes[kind] | written), u16(0), u16(size));
  }

  #run(
    name: 'NV_ReadPublic' | 'NV_Read' | 'NV_Write' | 'NV_Increment',
    handles: readonly number[],
    parameters: Uint8Array = new Uint8Array(),
  ) {
    const { password } = this.#definition;
    const sessions = name === 'NV_ReadPublic' ? [] : [{ password }];
    return this.#tpm.run({ name, handles, sessions, parameters });
  }
}
