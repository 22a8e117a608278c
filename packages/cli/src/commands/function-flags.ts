/** How a function is described on the command line. */
import { builtinFunction, type NewFunction } from '@gaiwan/client';
import { usage } from '../errors.ts';
import { type Json, jsonFlag, listFlag, numberFlag, pairs, switchFlag, textFlag } from '../flags.ts';
import { definitionOfProject, type ProjectDefinition } from '../project/definition.ts';
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
  readonly parties?: number | undefined;
  readonly optionalArgument?: List;
  readonly allow?: List;
  readonly quota?: number | undefined;
  readonly hideCode?: boolean | undefined;
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
  parties: numberFlag('Built-in with slots for each party: how many', 1, 1000),
  optionalArgument: listFlag('Built-in: argument with a default that a task must set (repeatable)', 'NAME'),
  allow: listFlag('User who may use it (repeatable)', 'ID'),
  quota: numberFlag('How often it may run (default: without limit)', 0, 2 ** 31 - 1),
  hideCode: switchFlag('Participants of its tasks cannot read its code; they may refuse it'),
  json: jsonFlag,
} as const;

const slots = (needed: List, optional: List) => [
  ...(needed ?? []).map((name) => ({ name })),
  ...(optional ?? []).map((name) => ({ name, optional: true })),
];

/** Whether the function's arguments or slots are spelled out. */
const isSpelledOut = (flags: FunctionFlags): boolean =>
  [flags.argument, flags.fixed, flags.input, flags.optionalInput, flags.output, flags.optionalOutput].some(
    (list) => list !== undefined,
  );

/** Arguments and slots out of the catalogue, for a function in it whose are not spelled out. Throws `CliError`, `GaiwanError`. */
async function fromCatalogue(name: string, flags: FunctionFlags): Promise<NewFunction | undefined> {
  const { parties, optionalArgument } = flags;
  const asked = parties !== undefined || optionalArgument !== undefined;
  if ((flags.executorType ?? 'builtin') === 'builtin' && !isSpelledOut(flags)) {
    const { catalogue } = await import('@gaiwan/catalogue');
    if (asked || catalogue.has(name)) {
      return builtinFunction(name, { parties, optionalArguments: optionalArgument });
    }
  }
  if (!asked) return undefined;
  throw usage(
    '--parties and --optional-argument are for built-in functions whose arguments and slots are not given.',
  );
}

/** Throws `CliError`, `GaiwanError`. */
export async function definitionOf(flags: FunctionFlags): Promise<NewFunction> {
  const access = {
    public: flags.public ?? false,
    userAllowlist: flags.allow ?? [],
    usageQuota: flags.quota ?? -1,
    codeHidden: flags.hideCode ?? false,
  };
  if (flags.project !== undefined) return { ...projectDefinition(flags.project, flags), ...access };
  const { name } = flags;
  if (name === undefined) throw usage('Say which function: --name NAME, or --project FOLDER.');
  const known = await fromCatalogue(name, flags);
  const fixed = Object.entries(pairs(flags.fixed, 'NAME=VALUE'));
  return {
    name,
    description: flags.description ?? known?.description ?? '',
    executorType: flags.executorType ?? 'builtin',
    payload: flags.payload === undefined ? new Uint8Array() : readBytes(flags.payload),
    arguments: known?.arguments ?? [
      ...(flags.argument ?? []).map((key) => ({ key, allowOverwrite: true })),
      ...fixed.map(([key, defaultValue]) => ({ key, defaultValue })),
    ],
    inputs: known?.inputs ?? slots(flags.input, flags.optionalInput),
    outputs: known?.outputs ?? slots(flags.output, flags.optionalOutput),
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
  'optionalArgument',
  'parties',
] as const;

function projectDefinition(path: string, flags: FunctionFlags): ProjectDefinition {
  const twice = SAID_BY_PROJECT.find((key) => flags[key] !== undefined);
  if (twice !== undefined) throw usage(`--project says what ${twice} is: change the project file.`);
  return definitionOfProject(path, flags);
}
