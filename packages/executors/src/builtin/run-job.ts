/** Runs one built-in function inside a thread. */

import { dictionary } from '@gaiwan/errors';
import { type BuiltinFunction, type FunctionContext, FunctionError, parseArguments } from '@gaiwan/functions';
import { ExecutorError, type ExecutorErrorCode } from '../errors.ts';
import type { ExecutionResult } from '../executor.ts';
import { checkResult, MAX_LOG_LINES } from '../result-limits.ts';
import { readStaged, type Staged, Stager } from '../staged.ts';
import { StagingMemory } from '../staging-memory.ts';
import type { Job } from './messages.ts';

const MIB = 1 << 20;

/**
 * `log` gets the lines of the function's log as they come, if they are wanted. `retire` is called
 * where the thread should run nothing else.
 */
export async function runJob(
  builtin: BuiltinFunction,
  { limits, ...job }: Job,
  log: string[],
  retire: () => void,
): Promise<ExecutionResult> {
  const outputs = dictionary<Staged>();
  const open: Stager[] = [];
  const memory = new StagingMemory(job.memory);
  const charge = meter('output-limit', limits.outputBytes, 'wrote more than the', 'bytes');
  const chargeLog = meter('log-limit', limits.logBytes, 'logged more than the', 'bytes');
  const chargeLine = meter('log-limit', MAX_LOG_LINES, 'logged more than the', 'lines');
  const chargeOpen = meter('files-limit', limits.files, 'opened files more than the', 'times');
  const context: FunctionContext = {
    args: parseArguments(job.arguments),
    memoryBytes: limits.memoryMiB * MIB,
    retire,
    input(name) {
      chargeOpen(1);
      const staged = Object.hasOwn(job.inputs, name) ? job.inputs[name] : undefined;
      if (!staged) throw new FunctionError('unknown-input', 'Invalid input file identifier.');
      return { size: staged.size, chunks: () => readStaged(staged) };
    },
    output(name) {
      chargeOpen(1);
      if (!job.outputs.includes(name))
        throw new FunctionError('unknown-output', 'Invalid output file identifier');
      const stager = new Stager(job.folder, memory);
      open.push(stager);
      return {
        write(chunk) {
          charge(chunk.length);
          stager.write(chunk);
        },
        close() {
          outputs[name] = stager.finish();
          open.splice(open.indexOf(stager), 1);
        },
      };
    },
    log: (line) => {
      if (!job.keepLog) return;
      const text = `[INFO gaiwan::${builtin.name}] ${line}`;
      chargeLog(Buffer.byteLength(text));
      chargeLine(1);
      log.push(text);
    },
  };
  try {
    const returnValue = new TextEncoder().encode(await builtin.run(context));
    charge(returnValue.length);
    checkResult(returnValue.length);
    return { returnValue, log, outputs };
  } finally {
    for (const stager of open) stager.abort();
  }
}

function meter(code: ExecutorErrorCode, limit: number, did: string, unit: string) {
  let used = 0;
  return (count: number) => {
    used += count;
    if (used > limit)
      throw new ExecutorError(code, `The function ${did} ${limit} ${unit} that the task allows.`);
  };
}
