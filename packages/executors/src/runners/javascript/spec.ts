import type { RunnerSpec } from '../../sandbox/runner.ts';
import { bundle, node } from '../node-spec.ts';

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
