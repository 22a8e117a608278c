/** How a function is described on the command line. */
import type { NewFunction } from '@gaiwan/client';
import { usage } from '../errors.ts';
import { type Json, jsonFlag, listFlag, numberFlag, pairs, switchFlag, textFlag } from '../flags.ts';
import { codeOf } from '../project/build.ts';
import { readProject } from '../project/project.ts';
import { readBytes } from '../terminal/secrets.ts';

type List = readonly string[] | undefined;

export interface FunctionFlags extends Json {
  readonly name?: string | undefined;
  readonly project?: string | undefined;
  readonly description?: string | undefined;
  readonly executorType?: string | undefined;
  readonly public?: boolean | undefined;
  readonly payload?: string | undefined;
  readonly argument?: List;
  readonly fixed?: List;
  readonly input?: List;
  readonly optionalInput?: List;
  readonly output?: List;
  readonly optionalOutput?: List;
  readonly allow?: List;
  readonly quota?: number | undefined;
}

export const functionFlags = {
  name: textFlag('Name; of a built-in function: which one', 'NAME'),
  project: textFlag('Folder of a function’s project: its project file says all but who may use it', 'FOLDER'),
  description: textFlag('What it does'),
  executorType: textFlag('builtin (default), python, wamr, wasm or javascript', 'TYPE'),
  public: switchFlag('Everyone may use it'),
  payload: textFlag('File with its code', 'FILE'),
  argument: listFlag('Argument that a task must set (repeatable)', 'NAME'),
  fixed: listFlag('Argument that a task cannot set (repeatable)', 'NAME=VALUE'),
  input: listFlag('Input slot (repeatable)', 'NAME'),
  optionalInput: listFlag('Input slot that may stay empty (repeatable)', 'NAME'),
  output: listFlag('Output slot (repeatable)', 'NAME'),
  optionalOutput: listFlag('Output slot that may stay empty (repeatable)', 'NAME'),
  allow: listFlag('User who may use it (repeatable)', 'ID'),
  quota: numberFlag('How often it may run (default: without limit)', 0, 2 ** 31 - 1),
  json: jsonFlag,
} as const;

const slots = (needed: List, optional: List) => [
  ...(needed ?? []).map((name) => ({ name })),
  ...(optional ?? []).map((name) => ({ name, optional: true })),
];

/** Throws `CliError`. */
export function definitionOf(flags: FunctionFlags): NewFunction {
  const access = {
    public: flags.public ?? false,
    userAllowlist: flags.allow ?? [],
    usageQuota: flags.quota ?? -1,
  };
  if (flags.project !== undefined) return { ...projectDefinition(flags.project, flags), ...access };
  if (flags.name === undefined) throw usage('Say which function: --name NAME, or --project FOLDER.');
  const fixed = Object.entries(pairs(flags.fixed, 'NAME=VALUE'));
  return {
    name: flags.name,
    description: flags.description ?? '',
    executorType: flags.executorType ?? 'builtin',
    payload: flags.payload === undefined ? new Uint8Array() : readBytes(flags.payload),
    arguments: [
      ...(flags.argument ?? []).map((key) => ({ key, allowOverwrite: true })),
      ...fixed.map(([key, defaultValue]) => ({ key, defaultValue })),
    ],
    inputs: slots(flags.input, flags.optionalInput),
    outputs: slots(flags.output, flags.optionalOutput),
    ...access,
  };
}

/** Options that the project file stands for. */
const SAID_BY_PROJECT = [
  'executorType',
  'payload',
  'argument',
  'fixed',
  'input',
  'optionalInput',
  'output',
  'optionalOutput',
] as const;

function projectDefinition(
  path: string,
  flags: FunctionFlags,
): Omit<NewFunction, 'public' | 'userAllowlist' | 'usageQuota'> {
  const twice = SAID_BY_PROJECT.find((key) => flags[key] !== undefined);
  if (twice !== undefined) throw usage(`--project says what ${twice} is: change the project file.`);
  const project = readProject(path);
  return {
    name: flags.name ?? project.name,
    description: flags.description ?? project.description,
    executorType: project.executorType,
    payload: codeOf(project, false),
    arguments: [
      ...project.arguments.map((key) => ({ key, allowOverwrite: true })),
      ...Object.entries(project.fixed).map(([key, defaultValue]) => ({ key, defaultValue })),
    ],
    inputs: project.inputs,
    outputs: project.outputs,
  };
}
