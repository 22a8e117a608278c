/** What bench/executors.ts measures: a runner, a small function for it, and whoever does the same without a sandbox. */
import { readFileSync } from 'node:fs';
import { javascriptRunner, type RunnerSpec, wasmRunner } from '@gaiwan/executors';

export interface ExecutorCase {
  readonly name: string;
  readonly runner: RunnerSpec;
  readonly executorType: string;
  readonly executor: string;
  readonly code: Uint8Array;
  /** Text of a JSON object. */
  readonly arguments: string;
  readonly result: string;
  readonly peer?: { readonly name: string; readonly call: () => Promise<void> };
}

const add = readFileSync(new URL('../examples/functions/c-add/add.wasm', import.meta.url));

/** The engine alone, in this process, with the code compiled anew: no wall at all. */
async function bareWasm(): Promise<void> {
  const module = await WebAssembly.compile(add);
  const imports = Object.fromEntries(
    WebAssembly.Module.imports(module).map(({ module: from, name }) => [from, { [name]: () => 0 }]),
  );
  const { exports } = await WebAssembly.instantiate(module, imports);
  (exports['entrypoint'] as (argc: number, argv: number) => number)(0, 0);
}

export const cases: readonly ExecutorCase[] = [
  {
    name: 'WebAssembly',
    runner: wasmRunner(),
    executorType: 'wasm',
    executor: 'wasm',
    code: add,
    arguments: '{"adder1":"3","adder2":"4"}',
    result: '7',
    peer: { name: 'bare compile, instantiate and call', call: bareWasm },
  },
  {
    name: 'JavaScript',
    runner: javascriptRunner(),
    executorType: 'javascript',
    executor: 'javascript',
    code: Buffer.from('export function main(inputs, outputs, args) { return args.a + args.b; }'),
    arguments: '{"a":3,"b":4}',
    result: '7',
  },
];
