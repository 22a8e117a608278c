/** Inputs that are read whole, such as models. */
import type { Input } from '../function.ts';
import { FunctionError } from '../refusal.ts';

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
