import type { Output } from '../function.ts';
import { viewOf } from '../kernels/keyed/hash.ts';

const CHUNK = 1 << 20;

/** Writes the same bytes to several outputs, in chunks. */
export class Writer {
  readonly #outputs: readonly Output[];
  /** Bytes that were not written yet: `chunk[0..used)`. */
  chunk: Uint8Array = Buffer.allocUnsafeSlow(CHUNK);
  /** The same bytes. */
  view: DataView = viewOf(this.chunk);
  used = 0;

  constructor(outputs: readonly Output[]) {
    this.#outputs = outputs;
  }

  /** Whether `chunk` has room for that many bytes after `used`. If not: `await flush(bytes)`. */
  hasRoom(bytes: number): boolean {
    return this.used + bytes <= this.chunk.length;
  }

  /** Each output gets memory of its own, as it may keep it. Afterwards there is room for `bytes`. */
  async flush(bytes = 0): Promise<void> {
    const full = this.chunk.subarray(0, this.used);
    if (this.used > 0) {
      for (const [i, output] of this.#outputs.entries()) {
        await output.write(i === this.#outputs.length - 1 ? full : full.slice());
      }
    }
    this.chunk = Buffer.allocUnsafeSlow(Math.max(CHUNK, bytes));
    this.view = viewOf(this.chunk);
    this.used = 0;
  }

  async close(): Promise<void> {
    await this.flush();
    for (const output of this.#outputs) await output.close();
  }
}
