/** The runners that come with Gaiwan, as a sandbox's host starts them. */
import { fileURLToPath } from 'node:url';
import type { RunnerSpec } from '../sandbox/runner.ts';
import { nodeRuntime } from '../sandbox/runtimes.ts';

/** Made by scripts/bundle-runners.mjs; the same from `src` and from `dist`. */
const bundle = (file: string): string =>
  fileURLToPath(new URL(`../../dist/bundles/${file}`, import.meta.url));

/** Of JavaScript objects, in MiB; programs' memory is none of those. */
const HEAP = 128;

/** Node without rights of its own: no file but these, no process, no code from strings. */
function node(
  script: string,
  files: readonly string[],
  flags: readonly string[],
): Pick<RunnerSpec, 'command' | 'readOnly' | 'nodePermission'> {
  const visible = [script, ...files];
  return {
    command: [
      process.execPath,
      '--permission',
      ...visible.map((path) => `--allow-fs-read=${path}`),
      '--disallow-code-generation-from-strings',
      '--disable-proto=delete',
      '--no-warnings',
      `--max-old-space-size=${HEAP}`,
      ...flags,
      script,
    ],
    readOnly: [...nodeRuntime(), ...visible],
    nodePermission: true,
  };
}

export function wasmRunner(): RunnerSpec {
  return {
    name: 'WebAssembly',
    pairs: ['wamr/wamr', 'wamr/wasm', 'wasm/wasm'],
    ...node(bundle('wasm.mjs'), [], []),
    layers: {
      interpreter:
        'WebAssembly in V8: a module reaches its own memory and what it imports, which is the task’s files.',
    },
    overheadMiB: 128,
  };
}

export function javascriptRunner(): RunnerSpec {
  return {
    name: 'JavaScript',
    pairs: ['javascript/javascript'],
    // The interpreter recurses on the process's stack.
    ...node(bundle('javascript.mjs'), [bundle('emscripten-module.wasm')], ['--stack-size=3900']),
    layers: {
      interpreter: 'QuickJS in WebAssembly: no object of the host is reachable, only the task’s files.',
    },
    overheadMiB: 160,
  };
}

export { type CpythonOptions, cpythonRunner } from './cpython/spec.ts';
export { type PyodideOptions, pyodideRunner } from './pyodide/spec.ts';
