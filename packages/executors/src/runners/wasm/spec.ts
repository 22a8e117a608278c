import type { RunnerSpec } from '../../sandbox/runner.ts';
import { bundle, node } from '../node-spec.ts';

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
