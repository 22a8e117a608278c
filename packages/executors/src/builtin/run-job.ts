/** Runs one built-in function inside a thread. */
import { type BuiltinFunction, type FunctionContext, FunctionError, parseArguments } from '@gaiwan/functions';
import { type ExecutionResult, ExecutorError } from '../executor.ts';
import { readStaged, type Staged, Stager } from '../staged.ts';
import type { Job } from './messages.ts';

const RETURN_MEMORY = 32 << 20;

export async function runJob(builtin: BuiltinFunction, job: Job): Promise<ExecutionResult> {
  const args = parseArguments(job.arguments);
  const log: string[] = [];
  const keepLog = args['save_log'] === 'true';
  const outputs: Record<string, Staged> = {};
  const open: Stager[] = [];
  let written = 0;
  const charge = (bytes: number) => {
    written += bytes;
    if (written > job.outputBytes) {
      throw new ExecutorError(
        'output-limit',
        `The function wrote more than the ${job.outputBytes} bytes that the task allows.`,
      );
    }
  };
  const context: FunctionContext = {
    args,
    input(name) {
      const staged = Object.hasOwn(job.inputs, name) ? job.inputs[name] : undefined;
      if (!staged) throw new FunctionError('Invalid input file identifier.');
      return { size: staged.size, chunks: () => readStaged(staged) };
    },
    output(name) {
      if (!job.outputs.includes(name)) throw new FunctionError('Invalid output file identifier');
      const stager = new Stager(job.folder, RETURN_MEMORY);
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
      if (!keepLog) return;
      charge(line.length);
      log.push(`[INFO gaiwan::${builtin.name}] ${line}`);
    },
  };
  try {
    const returnValue = new TextEncoder().encode(await builtin.run(context));
    charge(returnValue.length);
    return { returnValue, log, outputs };
  } finally {
    for (const stager of open) stager.abort();
  }
}
