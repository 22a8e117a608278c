/** Reads a WebAssembly binary (core specification 3.0, chapter 5) with bounds. */
import { RunnerFailure } from '../failure.ts';

/** Throws `RunnerFailure` wherever the bytes are no WebAssembly. */
export class Cursor {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;

  constructor(bytes: Uint8Array, at = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  byte(): number {
    if (this.at >= this.end) throw malformed();
    return this.bytes[this.at++] ?? 0;
  }

  /** LEB128 of up to 64 bits; what is beyond 2^53 is refused. */
  unsigned(): number {
    let value = 0;
    for (let factor = 1; factor < 2 ** 63; factor *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) throw malformed();
        return value;
      }
    }
    throw malformed();
  }

  /** A count of things that take a byte each at least. */
  count(): number {
    const value = this.unsigned();
    if (value > this.end - this.at) throw malformed();
    return value;
  }

  skipLeb(): void {
    for (let length = 0; length < 10; length++) if (this.byte() < 0x80) return;
    throw malformed();
  }

  skip(length: number): void {
    if (length > this.end - this.at) throw malformed();
    this.at += length;
  }

  name(): string {
    const length = this.count();
    this.at += length;
    return utf8.decode(this.bytes.subarray(this.at - length, this.at));
  }
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** For bytes that are no module. */
export function malformed(): RunnerFailure {
  return new RunnerFailure(
    'The code is no WebAssembly module, or a damaged one: build it again and register the .wasm file.',
  );
}

/** Unsigned LEB128 of 32 bits. */
export function encodeLeb(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) | 0x80);
  }
}
