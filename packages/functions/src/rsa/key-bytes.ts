/** Inputs that are small by their nature: keys. */
import type { Input } from '../function.ts';
import { FunctionError } from '../refusal.ts';

/**
 * The whole input, in memory of its own that the caller wipes. Reading stops at the first chunk that goes past `limit`
 * bytes: throws `FunctionError` with `tooLong` then, and wipes what was read.
 */
export async function readKeyBytes(input: Input, limit: number, tooLong: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(limit);
  let length = 0;
  for await (const chunk of input.chunks()) {
    if (length + chunk.length > limit) {
      bytes.fill(0);
      throw new FunctionError('too-large', tooLong);
    }
    bytes.set(chunk, length);
    length += chunk.length;
  }
  return bytes.subarray(0, length);
}
