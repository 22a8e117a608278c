/** A whole input in memory, for what cannot be read as a stream. */
import { FunctionError, type Input } from './function.ts';

/** Copies the input's bytes. Throws `FunctionError` as soon as there are more than `limit`; `what` names them. */
export async function collect(input: Input, limit: number, what: string): Promise<Uint8Array> {
  const check = (bytes: number) => {
    if (bytes > limit)
      throw new FunctionError(`${what} is larger than the ${limit >> 20} MiB that it may have.`);
  };
  check(input.size ?? 0);
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of input.chunks()) {
    length += chunk.length;
    check(length);
    parts.push(Uint8Array.from(chunk));
  }
  return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts, length);
}
