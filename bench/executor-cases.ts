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

/** The part of the engine's interface that is used here; Node's types leave it to those of browsers. */
interface Engine {
  compile(bytes: Uint8Array): Promise<object>;
  instantiate(module: object, imports: object): Promise<{ exports: Readonly<Record<string, unknown>> }>;
}

/** The engine alone, in this process, with the code compiled anew: no wall at all. */
async function bareWasm(): Promise<void> {
  const engine = (globalThis as unknown as { readonly WebAssembly: Engine }).WebAssembly;
  const { exports } = await engine.instantiate(await engine.compile(add), {});
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
