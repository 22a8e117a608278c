/** Options that are part of a platform's measured configuration: what the operator decided about others' data. */
import { dictionary } from '@gaiwan/errors';
import type { MeasuredDecisions } from '@gaiwan/platform';
import type { TaskLimits } from '@gaiwan/protocol';
import { usage } from './errors.ts';
import { listFlag, pairs, switchFlag, textFlag } from './flags.ts';
import { policyAt } from './trust.ts';

type List = readonly string[] | undefined;

export interface MeasuredFlags {
  readonly allowUrl?: List;
  readonly limit?: List;
  readonly maxLimit?: List;
  readonly executors?: string | undefined;
  readonly sandbox?: string | undefined;
  readonly cgroup?: string | undefined;
  readonly freshSandboxes?: boolean | undefined;
  readonly cpython?: string | undefined;
  readonly pythonModule?: List;
  readonly onnxruntime?: string | undefined;
  readonly customExecutor?: List;
  readonly workerPolicy?: List;
}

export const measuredFlags = {
  allowUrl: listFlag('Origin from which inputs may be fetched (repeatable; default: none)', 'ORIGIN'),
  limit: listFlag(
    'What a task may use: time, cpu, transfer (s), memory (MiB), input, output, log (bytes), files',
    'NAME=N',
  ),
  maxLimit: listFlag('What a task may ask for at most; names as for --limit (repeatable)', 'NAME=N'),
  executors: textFlag(
    'Beside builtin: of python, cpython, wasm, javascript (default: all but cpython)',
    'LIST',
  ),
  sandbox: textFlag(
    'Layers without which no untrusted code runs: of process, namespaces, seccomp, rlimits, cgroups (default: all but cgroups)',
    'LIST',
  ),
  cgroup: textFlag('Version 2 control group, delegated and empty, for the groups of sandboxes', 'FOLDER'),
  freshSandboxes: switchFlag(
    'Give each call a new sandbox; by default calls of the same function for the same people share some',
  ),
  cpython: textFlag('Interpreter of the executor cpython (default: /usr/bin/python3)', 'PROGRAM'),
  pythonModule: listFlag('Module that cpython loads ahead of time (repeatable)', 'NAME'),
  onnxruntime: textFlag(
    'Offer onnx-native: the folder that npm installed onnxruntime-node to (docs/sandbox.md)',
    'FOLDER',
  ),
  customExecutor: listFlag('An executor of your own: its executor.json (repeatable)', 'FILE'),
  workerPolicy: listFlag('What else may be a worker: a policy (JSON; repeatable)', 'FILE'),
} as const;

/** Throws `CliError` (usage). */
export function configurationOf(flags: MeasuredFlags): MeasuredDecisions {
  const {
    allowUrl = [],
    limit,
    maxLimit,
    cgroup,
    cpython,
    pythonModule,
    onnxruntime,
    customExecutor,
  } = flags;
  return {
    allowUrls: allowUrl,
    taskLimits: limitsOf(limit),
    taskMaxima: limitsOf(maxLimit),
    workerPolicies: (flags.workerPolicy ?? []).map(policyAt),
    ...list('executors', flags.executors),
    ...list('sandbox', flags.sandbox),
    ...(cgroup !== undefined && { cgroup }),
    ...(flags.freshSandboxes && { freshSandboxes: true }),
    ...(cpython !== undefined && { cpython }),
    ...(pythonModule && { pythonModules: pythonModule }),
    ...(onnxruntime !== undefined && { onnxruntime }),
    ...(customExecutor && { customExecutors: customExecutor }),
  };
}

const list = (name: string, text: string | undefined): object =>
  text === undefined ? {} : { [name]: text.split(',').filter((part) => part !== '') };

/** Name on the command line, and how much one of it is. */
const units: Readonly<Record<keyof TaskLimits, readonly [string, number]>> = {
  timeMs: ['time', 1000],
  cpuMs: ['cpu', 1000],
  memoryMiB: ['memory', 1],
  outputBytes: ['output', 1],
  logBytes: ['log', 1],
  files: ['files', 1],
  stagedBytes: ['input', 1],
  transferMs: ['transfer', 1000],
};
const byName = new Map(Object.entries(units).map(([limit, [name, one]]) => [name, { limit, one }]));

function limitsOf(given: List): Partial<TaskLimits> {
  const entries = Object.entries(pairs(given, 'NAME=N')).map(([name, text]) => {
    const unit = byName.get(name);
    if (!unit || !/^\d{1,15}$/.test(text))
      throw usage(
        `${name}=${text} is no limit: give a whole number to one of ${[...byName.keys()].join(', ')}.`,
      );
    return [unit.limit, Number(text) * unit.one] as const;
  });
  return dictionary(entries);
}
