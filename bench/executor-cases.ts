/** What bench/executors.ts measures: a runner, a small function for it, and whoever does the same without a sandbox. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  cpythonRunner,
  javascriptRunner,
  pyodideRunner,
  type RunnerSpec,
  SYSTEM_PYTHON,
  wasmRunner,
} from '@gaiwan/executors';
import { loadEngine } from '../packages/runners/src/javascript/engine.ts';

export interface ExecutorCase {
  readonly name: string;
  readonly runner: RunnerSpec;
  readonly executorType: string;
  readonly executor: string;
  readonly code: Uint8Array;
  /** The same code as another function. */
  readonly other: (number: number) => Uint8Array;
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

/** A runtime of QuickJS for each call, in this process: what the runner has within its sandbox, without its interface. */
async function bareQuickjs(): Promise<() => Promise<void>> {
  const engine = await loadEngine();
  return async () => {
    const context = engine.newContext();
    context.unwrapResult(context.evalCode('((args) => args.a + args.b)({ a: 3, b: 4 })')).dispose();
    context.dispose();
  };
}

const JAVASCRIPT = 'export function main(inputs, outputs, args) { return args.a + args.b; }';

const run = promisify(execFile);
const PYTHON = 'def main(inputs, outputs, args):\n    return str(args["a"] + args["b"])\n';
const python = {
  executorType: 'python',
  code: Buffer.from(PYTHON),
  other: (number: number) => Buffer.from(`${PYTHON}# ${number}\n`),
  arguments: '{"a":3,"b":4}',
  result: '7',
};

/** Of native Python, where this machine has one, and of Pyodide, which takes a folder. */
async function pythonCases(folder: string): Promise<ExecutorCase[]> {
  const pyodide = {
    ...python,
    name: 'Python (Pyodide)',
    runner: await pyodideRunner({ folder: join(folder, 'pyodide') }),
    executor: 'python',
  };
  if (!existsSync(SYSTEM_PYTHON)) {
    console.log(`SKIPPED: ${SYSTEM_PYTHON} is wanted (Debian: python3).`);
    return [pyodide];
  }
  const call = async () => {
    await run(SYSTEM_PYTHON, ['-I', '-c', `${PYTHON}print(main(None, None, {"a": 3, "b": 4}))`]);
  };
  const native = {
    ...python,
    name: 'Python (native)',
    runner: await cpythonRunner({ python: SYSTEM_PYTHON, sandbox: { folder, require: ['process'] } }),
    executor: 'cpython',
    peer: { name: 'a bare process of the interpreter', call },
  };
  return [native, pyodide];
}

/** `folder`: private, for what runners need. */
export async function executorCases(folder: string): Promise<ExecutorCase[]> {
  return [...(await webCases()), ...(await pythonCases(folder))];
}

const webCases = async (): Promise<ExecutorCase[]> => [
  {
    name: 'WebAssembly',
    runner: wasmRunner(),
    executorType: 'wasm',
    executor: 'wasm',
    code: add,
    // A custom section of that name.
    other: (number) => Buffer.concat([add, Buffer.from([0, 2, 1, 65 + number])]),
    arguments: '{"adder1":"3","adder2":"4"}',
    result: '7',
    peer: { name: 'bare compile, instantiate and call', call: bareWasm },
  },
  {
    name: 'JavaScript',
    runner: javascriptRunner(),
    executorType: 'javascript',
    executor: 'javascript',
    code: Buffer.from(JAVASCRIPT),
    other: (number) => Buffer.from(`${JAVASCRIPT} // ${number}`),
    arguments: '{"a":3,"b":4}',
    result: '7',
    peer: { name: 'bare engine, a new context each', call: await bareQuickjs() },
  },
];
