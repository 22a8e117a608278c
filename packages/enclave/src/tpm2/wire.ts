/** Structures of commands and responses: big-endian numbers, and byte strings with their length in 16 bits before them. */
import { TpmError } from './errors.ts';

export const u8 = (value: number): Uint8Array => Uint8Array.of(value);
export const u16 = (value: number): Uint8Array => Uint8Array.of(value >> 8, value & 255);
export const u32 = (value: number): Uint8Array =>
  Uint8Array.of(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** TPM2B: length, then bytes. */
export const tpm2b = (bytes: Uint8Array): Uint8Array => concat(u16(bytes.length), bytes);

export class TpmReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    // A Buffer's slice is a view; here it must be a copy.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  bytes(length: number): Uint8Array {
    if (this.#at + length > this.#bytes.length)
      throw new TpmError('tpm-answer', 'An answer of the TPM is shorter than it says.');
    this.#at += length;
    return this.#bytes.slice(this.#at - length, this.#at);
  }

  #number(length: number): number {
    return this.bytes(length).reduce((value, byte) => value * 256 + byte, 0);
  }

  u8(): number {
    return this.#number(1);
  }

  u16(): number {
    return this.#number(2);
  }

  u32(): number {
    return this.#number(4);
  }

  tpm2b(): Uint8Array {
    return this.bytes(this.u16());
  }

  rest(): Uint8Array {
    return this.bytes(this.#bytes.length - this.#at);
  }
}

export const banks = { sha1: 0x0004, sha256: 0x000b, sha384: 0x000c, sha512: 0x000d } as const;
export type Bank = keyof typeof banks;
export const bankNames = ['sha1', 'sha256', 'sha384', 'sha512'] as const satisfies Bank[];

/** The bank of this algorithm; undefined where it is none of them. */
export const bankOf = (algorithm: number): Bank | undefined =>
  bankNames.find((name) => banks[name] === algorithm);

/** TPML_PCR_SELECTION of one bank. */
export function pcrSelection(bank: Bank, pcrs: readonly number[]): Uint8Array {
  const bitmap = new Uint8Array(3);
  for (const pcr of pcrs) {
    if (!Number.isInteger(pcr) || pcr < 0 || pcr > 23) throw new RangeError(`there is no PCR ${pcr}`);
    bitmap[pcr >> 3] = (bitmap[pcr >> 3] ?? 0) | (1 << (pcr & 7));
  }
  return concat(u32(1), u16(banks[bank]), u8(3), bitmap);
}
