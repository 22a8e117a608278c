/** How runners in Node are started. */
import { limits } from '../limits.ts';
import type { RunnerSpec } from '../sandbox/runner.ts';
import { nodeRuntime } from '../sandbox/runtimes.ts';

/** Of JavaScript objects, in MiB; programs' memory is none of those. */
const HEAP = limits.nodeHeap.value;

/** Node without rights of its own: no file but these, no process, no code from strings. */
export function node(
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
      // For the runner: no function reaches it.
      '--expose-gc',
      `--max-old-space-size=${HEAP}`,
      ...flags,
      script,
    ],
    readOnly: [...nodeRuntime(), ...visible],
    nodePermission: true,
  };
}
