/** Small inputs that are read whole, such as models, and outputs that are written line by line. */
import type { Input, Output } from '../function.ts';
import { FunctionError } from '../refusal.ts';

const CHUNK = 1 << 16;

/** The input's bytes. Throws `FunctionError` for more than `limit`. `what` names it. */
export async function readBytes(input: Input, what: string, limit: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = input.size ?? 0;
  const check = () => {
    if (length > limit)
      throw new FunctionError('too-large', `The ${what} is larger than ${limit >> 20} MiB.`);
  };
  check();
  length = 0;
  for await (const chunk of input.chunks()) {
    length += chunk.length;
    check();
    parts.push(Buffer.from(chunk));
  }
  return Buffer.concat(parts);
}

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
