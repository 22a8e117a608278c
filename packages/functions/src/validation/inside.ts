/** Running a function inside of another one: its outputs stay in memory. */
import type { BuiltinFunction, FunctionContext, Input } from '../function.ts';
import { FunctionError } from '../refusal.ts';

export interface Inside {
  readonly text: string;
  /** An output that was created. @throws FunctionError for another */
  readonly output: (name: string) => Input;
}

/** @throws FunctionError as the function does, with `place` before what it says */
export async function runInside(
  { memoryBytes, retire }: Pick<FunctionContext, 'memoryBytes' | 'retire'>,
  place: string,
  builtin: BuiltinFunction,
  given: { readonly args: FunctionContext['args']; readonly inputs: Readonly<Record<string, Input>> },
): Promise<Inside> {
  const outputs = new Map<string, Uint8Array[]>();
  const missing = (kind: 'input' | 'output'): never => {
    throw new FunctionError(`unknown-${kind}`, `Invalid ${kind} file identifier.`);
  };
  const context: FunctionContext = {
    args: given.args,
    ...(memoryBytes !== undefined && { memoryBytes }),
    ...(retire && { retire }),
    input: (name) => given.inputs[name] ?? missing('input'),
    output: (name) => {
      const chunks: Uint8Array[] = [];
      outputs.set(name, chunks);
      return { write: (chunk) => void chunks.push(chunk), close: () => {} };
    },
    log: () => {},
  };
  try {
    const text = await builtin.run(context);
    return { text, output: (name) => ({ chunks: () => outputs.get(name) ?? missing('output') }) };
  } catch (error) {
    if (!(error instanceof FunctionError)) throw error;
    throw new FunctionError(error.code, `${place}: ${error.message}`, { cause: error });
  }
}
