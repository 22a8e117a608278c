/** The program's memory, as its host may touch it: every pointer and length is checked before anything else happens. */
import { limits } from '../limits.ts';
import type {} from '../webassembly.ts';
import { Trap } from './traps.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const MAX_NAME = limits.fileName.value;

/** Throws `Trap` where a program's pointer or length leaves its memory. */
export class Guest {
  memory: WebAssembly.Memory | undefined;
  #view: Uint8Array<ArrayBuffer> = new Uint8Array(0);

  /** Bytes of it now; 0 before there is one. */
  get size(): number {
    return this.memory?.buffer.byteLength ?? 0;
  }

  /** All of it. Not to be kept: memory that grows moves. */
  bytes(): Uint8Array<ArrayBuffer> {
    if (!this.memory) throw new Trap('uninitialized memory');
    if (this.#view.buffer !== this.memory.buffer) this.#view = new Uint8Array(this.memory.buffer);
    return this.#view;
  }

  /** Pointer and length are i32 as they come, with or without sign. Throws `Trap`. */
  range(pointer: number, length: number): Uint8Array<ArrayBuffer> {
    const bytes = this.bytes();
    const start = unsigned(pointer);
    const end = start + unsigned(length);
    if (end > bytes.length) throw outOfBounds();
    return bytes.subarray(start, end);
  }

  /** A NUL-terminated name; undefined if it cannot be one. Throws `Trap` where it leaves the memory. */
  name(pointer: number): string | undefined {
    const bytes = this.bytes();
    const start = pointer >>> 0;
    const end = start < bytes.length ? bytes.indexOf(0, start) : -1;
    if (end < 0) throw outOfBounds();
    return end - start > MAX_NAME ? undefined : decode(bytes.subarray(start, end));
  }

  /** A name of given length, else the same. */
  text(pointer: number, length: number): string | undefined {
    const bytes = this.range(pointer, length);
    return bytes.length > MAX_NAME ? undefined : decode(bytes);
  }

  /** @param pointer Throws `Trap`. */
  view(pointer: number, length: number): DataView {
    const { buffer, byteOffset } = this.range(pointer, length);
    return new DataView(buffer, byteOffset, length);
  }

  setU32(pointer: number, value: number): void {
    this.view(pointer, 4).setUint32(0, value, true);
  }
}

/** Of an i32. Sums and products of ours beyond 32 bits stay what they are: they must not wrap. */
function unsigned(value: number): number {
  return value < 0 ? value + 2 ** 32 : value;
}

function outOfBounds(): Trap {
  return new Trap('out of bounds memory access');
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}
