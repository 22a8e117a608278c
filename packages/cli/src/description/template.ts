/** The file of a computation, to fill in: from the catalogue, or from a function's project. */

import { existsSync, statSync } from 'node:fs';
import type { CatalogueEntry } from '@gaiwan/catalogue';
import type { NewFunction } from '@gaiwan/client';
import { stringify } from 'smol-toml';
import { usage } from '../errors.ts';
import { definitionOfProject } from '../project/definition.ts';
import { readProject } from '../project/project.ts';
import { TO_FILL_IN } from './read.ts';
import { versionOf } from './version.ts';

export interface TemplateOptions {
  readonly users: readonly string[];
  readonly creator?: string | undefined;
  readonly parties?: number | undefined;
}

/** Throws `CliError` (usage) for what is neither a built-in function nor a project. */
export async function templateOf(given: string, options: TemplateOptions): Promise<string> {
  const { catalogue } = await import('@gaiwan/catalogue');
  const entry = catalogue.get(given);
  const wanted = Math.max(options.parties ?? Math.max(options.users.length, 1), 1);
  if (entry) {
    const { registrationOf } = await import('@gaiwan/catalogue');
    const repeats = [...entry.inputs, ...entry.outputs].some((slot) => slot.repeats === true);
    const parties = options.parties ?? Math.max(options.users.length, 2);
    const definition = registrationOf(entry, repeats ? { parties } : {});
    return fileText({
      definition,
      options,
      parties: repeats ? parties : wanted,
      functionLine: `function = ${toml(entry.name)}`,
      entry,
    });
  }
  if (!existsSync(given) || !statSync(given).isDirectory())
    throw usage(
      `${JSON.stringify(given)} is neither a built-in function (gaiwan functions list --builtin) nor the folder of a function's project.`,
    );
  const definition = definitionOfProject(given);
  const functionLine = `function = { project = ${toml(given)}, version = ${toml(versionOf(definition))} }`;
  const { executor } = readProject(given);
  return fileText({ definition, options, parties: wanted, functionLine, executor });
}

interface Template {
  readonly definition: NewFunction;
  readonly options: TemplateOptions;
  readonly parties: number;
  readonly functionLine: string;
  readonly entry?: CatalogueEntry;
  readonly executor?: string;
}

/** A TOML value on one line. */
const toml = (value: unknown): string =>
  stringify({ value })
    .trimEnd()
    .replace(/^value = /, '');
/** A TOML key. */
const key = (name: string): string => (/^[A-Za-z0-9_-]+$/.test(name) ? name : JSON.stringify(name));

function fileText({ definition, options, parties, functionLine, entry, executor }: Template): string {
  const users = Array.from({ length: parties }, (_, index) => options.users[index] ?? TO_FILL_IN);
  const names = users.map((user, index) => (user === TO_FILL_IN ? `party${index}` : user));
  const creator = options.creator ?? names[0] ?? TO_FILL_IN;
  const { inputs = [], outputs = [] } = definition;
  const used = Math.max(inputs.length, outputs.length);
  // Who has no slot is no party, but for the creator.
  const having = names.filter((name, index) => index < used || name === creator);
  const all = new Map(having.map((name) => [name, users[names.indexOf(name)] ?? TO_FILL_IN]));
  if (options.creator !== undefined) all.set(options.creator, options.creator);
  const owner = (index: number) => names[index % names.length] ?? TO_FILL_IN;
  return [
    `# ${entry?.summary ?? definition.description ?? definition.name}`,
    `# What every party approves, to be read by all of them. "${TO_FILL_IN}" is still to be filled in.`,
    '',
    `name = ${toml(`${definition.name.replace(/^builtin-/, '').replace(/[^A-Za-z0-9._-]/g, '-')}`)}`,
    `creator = ${toml(creator)}`,
    functionLine,
    ...(executor === undefined ? [] : [`executor = ${toml(executor)}`]),
    'logs = []              # who reads the log of the function: "creator", "function-owner"',
    'repeat = false         # run it twice, on different workers, and compare',
    '',
    '# Who takes part: a name in this file = the user on the platform. To fix the key too: { user = "...", key = "..." } (gaiwan keys show).',
    '[parties]',
    ...[...all].map(([name, user]) => `${key(name)} = ${toml(user)}`),
    '',
    '[arguments]',
    ...(entry
      ? argumentLines(entry, parties)
      : (definition.arguments ?? [])
          .filter((one) => one.allowOverwrite)
          .map((one) => `${key(one.key)} = ${toml(TO_FILL_IN)}`)),
    ...inputs.flatMap((slot, index) => [
      '',
      `[inputs.${key(slot.name)}]${comment(slot.description, slot.optional)}`,
      `from = ${toml(owner(index))}`,
      '# columns = ["..."]    # exactly these, in any order; left out: any file',
    ]),
    ...outputs.flatMap((slot, index) => [
      '',
      `[outputs.${key(slot.name)}]${comment(slot.description, slot.optional)}`,
      `to = ${toml(owner(index))}`,
      '# file = "..."         # what gaiwan tasks fetch calls it; left out: as the slot',
    ]),
    '',
    '# What is left out is the default of the platform.',
    '[limits]',
    '# seconds = 600',
    '# memory_mib = 1024',
    '',
  ].join('\n');
}

const comment = (text: string | undefined, optional: boolean | undefined): string =>
  `${text ? `   # ${text.replace(/\s+/g, ' ')}` : ''}${optional ? ' (may be left out)' : ''}`;

/** With the values of the example: they show the form. Those with a default are comments. */
function argumentLines(entry: CatalogueEntry, parties: number): string[] {
  const { example } = entry;
  return Object.entries(entry.arguments).flatMap(([name, argument]) => {
    const text = `# ${argument.text.replace(/\s+/g, ' ')}`;
    const value = name === 'num_user' ? parties : example.arguments[name];
    if (!Object.hasOwn(argument, 'default')) return [text, `${key(name)} = ${toml(value ?? TO_FILL_IN)}`];
    const otherwise: unknown = argument.default;
    return [text, `# ${key(name)} = ${otherwise === undefined ? '...' : toml(otherwise)}`];
  });
}
