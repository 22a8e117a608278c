import type { Output } from '../function.ts';
import { viewOf } from '../kernels/keyed/hash.ts';
import type { ByteSink } from './sink.ts';

const CHUNK = 1 << 20;

/** Writes the same bytes to several outputs, in chunks. */
export class Writer implements ByteSink {
  readonly #outputs: readonly Output[];
  /** What is not written yet is `bytes[0..at)`. */
  bytes: Uint8Array = Buffer.allocUnsafeSlow(CHUNK);
  /** The same bytes. */
  view: DataView = viewOf(this.bytes);
  at = 0;

  constructor(outputs: readonly Output[]) {
    this.#outputs = outputs;
  }

  /** Whether there is room for that many bytes more. If not: `await flush(count)`. */
  hasRoom(count: number): boolean {
    return this.at + count <= this.bytes.length;
  }

  /** Each output gets memory of its own, as it may keep it. Afterwards there is room for `count` bytes. */
  async flush(count = 0): Promise<void> {
    const full = this.bytes.subarray(0, this.at);
    if (this.at > 0) {
      for (const [i, output] of this.#outputs.entries()) {
        await output.write(i === this.#outputs.length - 1 ? full : full.slice());
      }
    }
    this.bytes = Buffer.allocUnsafeSlow(Math.max(CHUNK, count));
    this.view = viewOf(this.bytes);
    this.at = 0;
  }

  async close(): Promise<void> {
    await this.flush();
    for (const output of this.#outputs) await output.close();
  }
}
