/** Runs a function on texts, for tests. */
import { type BuiltinFunction, type FunctionContext, FunctionError, parseArguments } from '../index.ts';

export interface Ran {
  readonly text: string;
  /** Contents of the outputs that were created and closed. */
  readonly outputs: Readonly<Record<string, string>>;
  /** The same, for those that are no text. */
  readonly files: Readonly<Record<string, Uint8Array>>;
  readonly log: readonly string[];
}

interface RunOptions extends Pick<FunctionContext, 'memoryBytes' | 'retire'> {
  readonly cut?: number;
  readonly slots?: readonly string[];
}

/**
 * Runs it. `args` go through JSON text, as a task's do (give text to tell `4.0` from `4`). Inputs arrive in chunks of
 * `cut` bytes, each in memory that is overwritten once the next is asked for, as the contract of `Input` allows.
 * `slots`: the only outputs that there are.
 */
export async function runFunction(
  builtin: BuiltinFunction | undefined,
  args: Readonly<Record<string, unknown>> | string,
  inputs: Readonly<Record<string, string | Uint8Array>> = {},
  { cut = 7, slots, ...more }: RunOptions = {},
): Promise<Ran> {
  if (!builtin) throw new Error('there is no such function');
  const outputs: Record<string, string> = {};
  const files: Record<string, Uint8Array> = {};
  const log: string[] = [];
  const text = await builtin.run({
    ...more,
    args: parseArguments(typeof args === 'string' ? args : JSON.stringify(args)),
    input: (slot) => {
      const given = inputs[slot];
      if (given === undefined) throw new FunctionError('unknown-input', 'Invalid input file identifier.');
      const bytes = Buffer.from(given);
      return {
        size: bytes.length,
        *chunks() {
          for (let at = 0; at < bytes.length; at += cut) {
            const chunk = Uint8Array.from(bytes.subarray(at, at + cut));
            yield chunk;
            chunk.fill(0x58);
          }
        },
      };
    },
    output: (slot) => {
      if (slots && !slots.includes(slot))
        throw new FunctionError('unknown-output', 'Invalid output file identifier');
      const parts: Uint8Array[] = [];
      return {
        write: (chunk) => void parts.push(chunk),
        close: () => {
          files[slot] = Buffer.concat(parts);
          outputs[slot] = Buffer.concat(parts).toString();
        },
      };
    },
    log: (line) => void log.push(line),
  });
  return { text, outputs, files, log };
}
