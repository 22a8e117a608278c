/** The fields of a DER `RSAPrivateKey` (RFC 8017, A.1.2), read as strictly as `ring` does. */
import { FunctionError } from '../refusal.ts';

/** Big-endian, without leading zeros; views of the bytes given. */
export interface RsaKeyFields {
  readonly n: Uint8Array;
  readonly e: Uint8Array;
  readonly d: Uint8Array;
  readonly p: Uint8Array;
  readonly q: Uint8Array;
  readonly dP: Uint8Array;
  readonly dQ: Uint8Array;
  readonly qInv: Uint8Array;
}

const INTEGER = 0x02;
const SEQUENCE = 0x30;

const invalid = () => new FunctionError('invalid-key', 'InvalidEncoding');

/** A definite length in its shortest form, below 2^16. */
function readLength(der: Uint8Array, at: number): { readonly length: number; readonly next: number } {
  const first = der[at];
  if (first === undefined) throw invalid();
  if (first < 0x80) return { length: first, next: at + 1 };
  const [high, low] = [der[at + 1], der[at + 2]];
  if (first === 0x81 && high !== undefined && high >= 0x80) return { length: high, next: at + 2 };
  if (first === 0x82 && high !== undefined && low !== undefined && high > 0) {
    return { length: (high << 8) | low, next: at + 3 };
  }
  throw invalid();
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  readValue(tag: number): Uint8Array {
    if (this.#bytes[this.#at] !== tag) throw invalid();
    const { length, next } = readLength(this.#bytes, this.#at + 1);
    if (next + length > this.#bytes.length) throw invalid();
    this.#at = next + length;
    return this.#bytes.subarray(next, this.#at);
  }

  /** An integer that is not negative, without its sign byte; zero is a byte. */
  readInteger(): Uint8Array {
    const value = this.readValue(INTEGER);
    const [first, second] = value;
    if (first === undefined || first >= 0x80) throw invalid();
    if (first !== 0 || second === undefined) return value;
    if (second < 0x80) throw invalid();
    return value.subarray(1);
  }

  readPositive(): Uint8Array {
    const value = this.readInteger();
    if (value[0] === 0) throw invalid();
    return value;
  }

  requireEnd(): void {
    if (this.#at !== this.#bytes.length) throw invalid();
  }
}

/** Throws `FunctionError` ("InvalidEncoding", "VersionNotSupported"). */
export function readRsaKey(der: Uint8Array): RsaKeyFields {
  const outer = new Reader(der);
  const fields = new Reader(outer.readValue(SEQUENCE));
  outer.requireEnd();
  const version = fields.readInteger();
  if (version.length > 1) throw invalid();
  if (version[0] !== 0) throw new FunctionError('invalid-key', 'VersionNotSupported');
  const [n, e, d, p] = [
    fields.readPositive(),
    fields.readPositive(),
    fields.readPositive(),
    fields.readPositive(),
  ];
  const [q, dP, dQ, qInv] = [
    fields.readPositive(),
    fields.readPositive(),
    fields.readPositive(),
    fields.readPositive(),
  ];
  fields.requireEnd();
  return { n, e, d, p, q, dP, dQ, qInv };
}
