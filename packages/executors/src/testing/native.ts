/** For tests: jobs for the runner that gives JavaScript all of Node. */
import type { RunLimits } from '@gaiwan/protocol/executor';
import type { ExecutionRequest } from '../executor.ts';
import type { RunnerSpec } from '../sandbox/runner.ts';
import { nodeRuntime } from '../sandbox/runtimes.ts';
import { stripped } from './stripped.ts';

const SCRIPT = stripped('native-runner.ts');

export function nativeRunner(more: Partial<RunnerSpec> = {}): RunnerSpec {
  return {
    name: 'native (test)',
    pairs: ['test/native'],
    command: [process.execPath, '--no-warnings', SCRIPT],
    readOnly: [...nodeRuntime(), SCRIPT],
    layers: { interpreter: 'none' },
    overheadMiB: 64,
    ...more,
  };
}

export const roomy: RunLimits = {
  timeMs: 200_000,
  cpuMs: 20_000,
  memoryMiB: 256,
  outputBytes: 8 << 20,
  logBytes: 1 << 16,
  files: 100,
};

export function nativeJob(
  code: string,
  folder: string,
  more: Partial<ExecutionRequest> = {},
): ExecutionRequest {
  return {
    functionName: 'f',
    executorType: 'test',
    executor: 'native',
    arguments: '{}',
    payload: Buffer.from(code),
    inputs: {},
    outputs: ['o'],
    limits: roomy,
    folder,
    ...more,
  };
}
