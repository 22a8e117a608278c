/** What a task may ask for beside data. */

import type { LogReader, TaskOptions } from '@gaiwan/client';
import { dictionary } from '@gaiwan/errors';
import { buildCommand } from '@stricli/core';
import { taskPositional } from '../completion/positionals.ts';
import { type Context, print } from '../context.ts';
import { usage } from '../errors.ts';
import * as flag from '../flags.ts';
import { onTask } from '../task/on-task.ts';

/** As `LogReader` of the client, which is not loaded for help texts. */
const readers = ['creator', 'function-owner'] as const satisfies readonly LogReader[];
const MAX = Number.MAX_SAFE_INTEGER;

export interface OptionFlags {
  readonly timeLimit?: number | undefined;
  readonly cpuLimit?: number | undefined;
  readonly memoryLimit?: number | undefined;
  readonly outputLimit?: number | undefined;
  readonly logLimit?: number | undefined;
  readonly fileLimit?: number | undefined;
  readonly inputLimit?: number | undefined;
  readonly transferLimit?: number | undefined;
  readonly logs?: readonly string[] | undefined;
  readonly repeat?: boolean | undefined;
  readonly priority?: number | undefined;
}

export const optionFlags = {
  timeLimit: flag.numberFlag(
    'Seconds until the function has ended, fetching its inputs included',
    1,
    2_000_000,
  ),
  cpuLimit: flag.numberFlag('Seconds of processor time', 1, 2_000_000),
  memoryLimit: flag.numberFlag('MiB of memory', 1, 1 << 24),
  outputLimit: flag.numberFlag('Bytes of all outputs and the result', 1, MAX),
  logLimit: flag.numberFlag('Bytes of log', 1, MAX),
  fileLimit: flag.numberFlag('How often it may open or create files', 1, MAX),
  inputLimit: flag.numberFlag('Bytes of all inputs', 1, MAX),
  transferLimit: flag.numberFlag('Seconds for fetching and storing files', 1, 2_000_000),
  logs: flag.listFlag(
    `Who may read the function's log (repeatable): ${readers.join(' or ')}; none: nobody`,
    'WHO',
  ),
  repeat: {
    kind: 'boolean',
    brief: 'Run it twice, on different workers, and compare',
    optional: true,
    withNegated: true,
  },
  priority: flag.numberFlag('Before your other tasks that wait: higher ones first (default: 0)', -100, 100),
} as const;

/** Throws `CliError` (usage). */
export function optionsOf(flags: OptionFlags): TaskOptions {
  const { timeLimit, cpuLimit, memoryLimit, outputLimit, logLimit, fileLimit, logs, repeat } = flags;
  const { inputLimit, transferLimit, priority } = flags;
  const named = {
    timeMs: timeLimit === undefined ? undefined : timeLimit * 1000,
    cpuMs: cpuLimit === undefined ? undefined : cpuLimit * 1000,
    memoryMiB: memoryLimit,
    outputBytes: outputLimit,
    logBytes: logLimit,
    files: fileLimit,
    stagedBytes: inputLimit,
    transferMs: transferLimit === undefined ? undefined : transferLimit * 1000,
  };
  const limits = dictionary(Object.entries(named).filter(([, value]) => value !== undefined));
  return {
    ...(Object.keys(limits).length > 0 && { limits }),
    ...(logs && { logs: logs.length === 1 && logs[0] === 'none' ? [] : logs.map(reader) }),
    ...(repeat !== undefined && { repeat }),
    ...(priority !== undefined && { priority }),
  };
}

function reader(name: string): LogReader {
  const known = readers.find((one) => one === name);
  if (known === undefined)
    throw usage(`--logs is ${readers.join(' or ')}, or none; not ${JSON.stringify(name)}.`);
  return known;
}

export const options = buildCommand<OptionFlags & flag.Json, [string], Context>({
  docs: {
    brief: 'Ask for other limits, readers of the log, a second run or a priority; voids every approval',
    fullDescription: flag.examples(
      'gaiwan tasks options task-5e0a... --time-limit 3600 --memory-limit 4096',
      'gaiwan tasks options task-5e0a... --logs creator --repeat',
    ),
  },
  parameters: {
    flags: { ...optionFlags, json: flag.jsonFlag },
    positional: taskPositional,
  },
  async func({ json, ...flags }, given) {
    const wanted = optionsOf(flags);
    if (Object.keys(wanted).length === 0) throw usage('Say what to change: see --help.');
    const taskId = await onTask(this, given, async ({ tasks }, id) => {
      await tasks.setOptions(id, wanted);
      return id;
    });
    print(this, json === true, { taskId }, () => 'Set. Every approval is void: look at the manifest again.');
  },
});
