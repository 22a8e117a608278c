/** NV indices: what a TPM remembers without power, and counters. */
import { limits } from '../limits.ts';
import { PASSWORD } from './command.ts';
import { TpmError } from './errors.ts';
import { hierarchies, ifThere, NULL_ALGORITHM, SHA256, type TpmHandles, type TpmKey } from './lending.ts';
import { NvIndex, type NvIndexDefinition } from './nv-index.ts';
import { concat, tpm2b, u16, u32 } from './wire.ts';

/** Counter; read and written with its own (empty) authorization; no lockout. */
const COUNTER = 0x02060016;
const NV_CHUNK = 512;

export interface Signed {
  /** TPMS_ATTEST. */
  readonly attest: Uint8Array;
  /** TPMT_SIGNATURE. */
  readonly signature: Uint8Array;
}

/** Every method rejects with `TpmError`. */
export class TpmNv {
  readonly #tpm: TpmHandles;

  constructor(tpm: TpmHandles) {
    this.#tpm = tpm;
  }

  /** TPMS_NV_PUBLIC of an index; undefined where there is none. */
  publicArea(index: number): Promise<Uint8Array | undefined> {
    return ifThere(
      this.#tpm.run({ name: 'NV_ReadPublic', handles: [index] }).then(({ parameters }) => parameters.tpm2b()),
    );
  }

  /** An index that only a password opens. */
  index(definition: NvIndexDefinition): NvIndex {
    return new NvIndex(this.#tpm, definition);
  }

  /** The whole content of an index; undefined where there is none. */
  async read(index: number): Promise<Uint8Array | undefined> {
    const publicArea = await this.publicArea(index);
    if (publicArea === undefined) return undefined;
    const size = ((publicArea.at(-2) ?? 0) << 8) | (publicArea.at(-1) ?? 0);
    if (size > limits.tpmIndex.value)
      throw new TpmError('tpm-answer', `The NV index 0x${index.toString(16)} has ${size} bytes.`);
    const parts: Uint8Array[] = [];
    for (let at = 0; at < size; at += NV_CHUNK) {
      const { parameters } = await this.#tpm.run({
        name: 'NV_Read',
        handles: [index, index],
        sessions: [PASSWORD],
        parameters: concat(u16(Math.min(NV_CHUNK, size - at)), u16(at)),
      });
      parts.push(parameters.tpm2b());
    }
    return concat(...parts);
  }

  /** A counter that only ever rises, also when it is made again. */
  async defineCounter(index: number): Promise<void> {
    const publicArea = concat(u32(index), u16(SHA256), u32(COUNTER), u16(0), u16(8));
    await this.#tpm.run({
      name: 'NV_DefineSpace',
      handles: [hierarchies.owner],
      sessions: [PASSWORD],
      parameters: concat(u16(0), tpm2b(publicArea)),
    });
  }

  async undefine(index: number): Promise<void> {
    await this.#tpm.run({
      name: 'NV_UndefineSpace',
      handles: [hierarchies.owner, index],
      sessions: [PASSWORD],
    });
  }

  /** Its new value. */
  async increment(index: number): Promise<bigint> {
    await this.#tpm.run({ name: 'NV_Increment', handles: [index, index], sessions: [PASSWORD] });
    const bytes = (await this.read(index)) ?? new Uint8Array();
    if (bytes.length !== 8) throw new TpmError('tpm-answer', 'The counter has not eight bytes.');
    return Buffer.from(bytes).readBigUInt64BE();
  }

  /** A signed statement of an index's content: of a counter, unless said. */
  async certify(
    key: TpmKey,
    index: number,
    qualifyingData: Uint8Array,
    size = 8,
  ): Promise<Signed & { readonly nvPublic: Uint8Array }> {
    const nvPublic = await this.publicArea(index);
    if (nvPublic === undefined)
      throw new TpmError('tpm-answer', `The TPM has no NV index 0x${index.toString(16)}.`);
    const { parameters } = await this.#tpm.run({
      name: 'NV_Certify',
      handles: [key.handle, index, index],
      sessions: [PASSWORD, PASSWORD],
      parameters: concat(tpm2b(qualifyingData), NULL_ALGORITHM, u16(size), u16(0)),
    });
    return { attest: parameters.tpm2b(), signature: parameters.rest(), nvPublic };
  }
}
