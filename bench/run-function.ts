/** Runs a built-in function on plain files in this thread: what it takes beside the platform's work. */
import { closeSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { builtins, FunctionError, parseArguments } from '@gaiwan/functions';

function* chunksOf(path: string): Generator<Uint8Array> {
  const file = openSync(path, 'r');
  const chunk = Buffer.allocUnsafe(1 << 20);
  try {
    for (let length = readSync(file, chunk); length > 0; length = readSync(file, chunk)) {
      yield chunk.subarray(0, length);
    }
  } finally {
    closeSync(file);
  }
}

/** Files by slot. Returns the text of the result. */
export async function runOnFiles(
  name: string,
  args: Readonly<Record<string, unknown>>,
  inputs: Readonly<Record<string, string>>,
  outputs: Readonly<Record<string, string>>,
): Promise<string> {
  const builtin = builtins.get(name);
  if (!builtin) throw new Error(`there is no ${name}`);
  return builtin.run({
    args: parseArguments(JSON.stringify(args)),
    input(slot) {
      const path = inputs[slot];
      if (path === undefined) throw new FunctionError('unknown-input', 'Invalid input file identifier.');
      return { size: statSync(path).size, chunks: () => chunksOf(path) };
    },
    output(slot) {
      const path = outputs[slot];
      if (path === undefined) throw new FunctionError('unknown-output', 'Invalid output file identifier');
      const file = openSync(path, 'w');
      return { write: (chunk) => void writeSync(file, chunk), close: () => closeSync(file) };
    },
    log: () => undefined,
  });
}

/** Input slots `input_data0`, ... of the files. */
export function inputSlots(paths: readonly string[]): Record<string, string> {
  return Object.fromEntries(paths.map((path, i) => [`input_data${i}`, path]));
}
