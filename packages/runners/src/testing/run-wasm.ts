/** Runs small modules in this process. */
import type { Job } from '@gaiwan/protocol/executor';
import { Files } from '../files.ts';
import { Program } from '../wasm/program.ts';
import { type Assembly, assemble } from './assemble.ts';
import { jobFor, MemoryFiles } from './memory-files.ts';

type Inputs = Readonly<Record<string, string>>;

export function run(
  assembly: Assembly | Uint8Array<ArrayBuffer>,
  args: unknown = {},
  inputs: Inputs = {},
  outputs: string[] = [],
  limits: Partial<Job['limits']> = {},
) {
  const requests = new MemoryFiles(inputs, outputs);
  const files = new Files(requests);
  const program = new Program(assembly instanceof Uint8Array ? assembly : assemble(assembly));
  const result = program.run(jobFor(args, inputs, outputs, limits), files);
  files.flush();
  return { text: Buffer.from(result).toString(), requests };
}

export const memory = { minimum: 1, export: 'memory' };
export const entry = (type: string, code: readonly number[], locals = 0) => ({
  export: 'entrypoint',
  type,
  code,
  locals,
});
export const simple = (type: string, ...code: number[][]): Assembly => ({
  memory,
  functions: [entry(type, code.flat())],
});
