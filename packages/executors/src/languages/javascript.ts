import { bundles } from '@gaiwan/runners';
import type { RunnerSpec } from '../sandbox/runner.ts';
import { node } from './node-runner.ts';

/** How the host starts the runner for JavaScript. */
export function javascriptRunner(): RunnerSpec {
  return {
    name: 'JavaScript',
    pairs: ['javascript/javascript'],
    // The interpreter recurses on the process's stack.
    ...node(bundles.javascript, [bundles.quickjs], ['--stack-size=3900']),
    reuse: 'instance',
    layers: {
      interpreter: 'QuickJS in WebAssembly: no object of the host is reachable, only the task’s files.',
    },
    overheadMiB: 160,
  };
}
