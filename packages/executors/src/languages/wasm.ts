import { bundles } from '@gaiwan/runners';
import type { RunnerSpec } from '../sandbox/runner.ts';
import { node } from './node-runner.ts';

/** How the host starts the runner for WebAssembly. */
export function wasmRunner(): RunnerSpec {
  return {
    name: 'WebAssembly',
    pairs: ['wamr/wamr', 'wamr/wasm', 'wasm/wasm'],
    ...node(bundles.wasm, [], []),
    reuse: 'instance',
    layers: {
      interpreter:
        'WebAssembly in V8: a module reaches its own memory and what it imports, which is the task’s files.',
    },
    overheadMiB: 128,
  };
}
