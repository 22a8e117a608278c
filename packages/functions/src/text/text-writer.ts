/** Outputs that are written line by line. */
import type { Output } from '../function.ts';

const CHUNK = 1 << 16;

/** Collects text; `flush` between batches keeps it small. */
export class TextWriter {
  readonly #output: Output;
  #parts: string[] = [];
  #length = 0;

  constructor(output: Output) {
    this.#output = output;
  }

  add(text: string): void {
    this.#parts.push(text);
    this.#length += text.length;
  }

  /** Writes what was collected if it is worth a chunk. */
  async flush(least = CHUNK): Promise<void> {
    if (this.#length < least || this.#length === 0) return;
    const text = this.#parts.join('');
    this.#parts = [];
    this.#length = 0;
    await this.#output.write(Buffer.from(text));
  }

  async close(): Promise<void> {
    await this.flush(0);
    await this.#output.close();
  }
}
