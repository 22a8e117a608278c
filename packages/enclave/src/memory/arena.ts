/**
 * Memory for secrets outside of JavaScript's heap: that of a WebAssembly instance, aligned to pages, never moved or copied by
 * the garbage collector. Blocks are handed out by guarded layout and zeroed when they come back.
 */
import { CodedError, type RefusalTable } from '@gaiwan/errors';
import { limits } from '../limits.ts';
import { CACHE_LINE, guardedLayout } from './layout.ts';

const PAGE = 64 * 1024;
const MAX_PAGES = limits.secrets.value / PAGE;
const MAX_SECRET = limits.secret.value;

export const secretMemoryRefusals = {
  exhausted: {
    meaning: 'The memory for secrets is full.',
    remedy: 'Release secrets that are done with (`release`, or `using`).',
  },
  'bad-length': {
    meaning: 'A secret cannot have this length.',
    remedy: "Give as many bytes as the kind of secret has; at most docs/limits.md's.",
  },
  released: {
    meaning: 'The secret was released, and its memory wiped.',
    remedy: 'Keep it until its last use.',
  },
} as const satisfies RefusalTable;

/** A secret cannot be held. */
export class SecretMemoryError extends CodedError<keyof typeof secretMemoryRefusals> {
  override readonly name = 'SecretMemoryError';
}

/** Start and length of a block. */
type Place = readonly [start: number, length: number];

export interface Block {
  /** Of the secret itself. */
  readonly start: number;
  readonly length: number;
  /** Of all that was taken for it. */
  readonly blockStart: number;
  readonly blockLength: number;
  /** Whether no byte of it is among the first eight of a cache line; only up to 56 bytes can be. */
  readonly guarded: boolean;
}

function blockOf(length: number): { total: number; offset: number; guarded: boolean } {
  if (length <= limits.guardedSecret.value)
    return { ...guardedLayout({ size: length, alignment: 8 }), guarded: true };
  return { total: Math.ceil(length / CACHE_LINE) * CACHE_LINE, offset: 0, guarded: false };
}

interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

// The types of Node know the name only.
const { Memory } = (
  globalThis as unknown as {
    WebAssembly: { Memory: new (limits: { initial: number; maximum: number }) => WasmMemory };
  }
).WebAssembly;

export class SecretArena {
  readonly #memory = new Memory({ initial: 1, maximum: MAX_PAGES });
  readonly #free = new Map<number, number[]>();
  #end = 0;
  #inUse = 0;

  /** Bytes of secrets that are held. */
  get inUse(): number {
    return this.#inUse;
  }

  /** Zeroed. Throws `SecretMemoryError`: "bad-length", "exhausted". */
  take(length: number): Block {
    if (!Number.isInteger(length) || length < 1 || length > MAX_SECRET)
      throw new SecretMemoryError('bad-length', `a secret has 1 to ${MAX_SECRET} bytes, not ${length}`);
    const { total, offset, guarded } = blockOf(length);
    const [blockStart, blockLength] = this.#reuse(total) ?? this.#extend(total) ?? this.#larger(total);
    this.#inUse += length;
    return { start: blockStart + offset, length, blockStart, blockLength, guarded };
  }

  /** Wipes it, and may hand it out again. */
  give(block: Block): void {
    this.#bytes(block.blockStart, block.blockLength).fill(0);
    this.#inUse -= block.length;
    const free = this.#free.get(block.blockLength);
    if (free) free.push(block.blockStart);
    else this.#free.set(block.blockLength, [block.blockStart]);
  }

  /** Made anew at each use: when the memory grows, older views go blind. */
  view({ start, length }: Block): Uint8Array {
    return this.#bytes(start, length);
  }

  #bytes(start: number, length: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, start, length);
  }

  #reuse(total: number): Place | undefined {
    const start = this.#free.get(total)?.pop();
    return start === undefined ? undefined : [start, total];
  }

  /** At the end, undefined where the memory cannot grow. */
  #extend(total: number): Place | undefined {
    const alignment = Math.min(total, CACHE_LINE);
    const start = Math.ceil(this.#end / alignment) * alignment;
    const missing = Math.ceil((start + total - this.#memory.buffer.byteLength) / PAGE);
    if (missing > 0) {
      try {
        this.#memory.grow(missing);
      } catch {
        return undefined;
      }
    }
    this.#end = start + total;
    return [start, total];
  }

  /** The smallest larger block that came back. A larger one is aligned at least as well. */
  #larger(total: number): Place {
    const sizes = [...this.#free].filter(([size, starts]) => size > total && starts.length > 0);
    const size = Math.min(...sizes.map(([length]) => length));
    const found = this.#reuse(size);
    if (found) return found;
    throw new SecretMemoryError(
      'exhausted',
      'the memory for secrets is full: release those that are done with',
    );
  }
}

export const arena: SecretArena = new SecretArena();
