/** A task out of the file that describes it. */

import type { FunctionInfo, Gaiwan } from '@gaiwan/client';
import { dictionary, quoted } from '@gaiwan/errors';
import { readArguments } from '@gaiwan/protocol/arguments';
import type { Description } from '../description/description.ts';
import { knownVersion, versionOf } from '../description/version.ts';
import { CliError, usage } from '../errors.ts';
import { definitionOfProject } from '../project/definition.ts';
import { functionsNamed, onlyFunction } from './which-function.ts';

/** Rejects with `CliError`, `GaiwanError`; no task is there then. */
export async function createDescribed(
  { client, user }: { readonly client: Gaiwan; readonly user: string },
  description: Description,
): Promise<{ readonly taskId: string; readonly functionId: string; readonly version: string | undefined }> {
  if (description.creator !== user)
    throw usage(`The file says that ${description.creator} creates the task, and you are ${user}.`);
  const found = await describedFunction(client, description);
  checkFits(description, found);
  const version = knownVersion(found);
  const { version: wanted } = description.function;
  if (wanted !== undefined && version !== undefined && wanted !== version)
    throw new CliError(
      'task-differs',
      `${found.functionId} has the version ${version}; the file says ${wanted}.`,
    );
  const owners = (slots: Description['inputs'] | Description['outputs']) =>
    dictionary(Object.entries(slots).map(([slot, { owners: of }]) => [slot, of] as const));
  const { limits, logs, repeat } = description;
  const taskId = await client.tasks.create({
    functionId: found.functionId,
    executor: description.executor,
    arguments: description.arguments,
    inputs: owners(description.inputs),
    outputs: owners(description.outputs),
    ...(Object.keys(limits).length > 0 && { limits }),
    logs,
    repeat,
  });
  return { taskId, functionId: found.functionId, version };
}

async function describedFunction(client: Gaiwan, description: Description): Promise<FunctionInfo> {
  const { id, name, project, version } = description.function;
  if (id !== undefined) return client.functions.get(id);
  const definition = project === undefined ? undefined : definitionOfProject(project, { name });
  const called = name ?? definition?.name ?? '';
  if (definition && version !== versionOf(definition))
    throw new CliError(
      'task-differs',
      `The project ${project} has changed: its version is ${versionOf(definition)}; the file says ${version}.`,
    );
  const named = await functionsNamed(client, called);
  const same = named.filter((one) => version === undefined || (knownVersion(one) ?? version) === version);
  const fitting = same.filter((one) => misfits(description, one).length === 0);
  if (fitting.length > 0) return onlyFunction(called, fitting);
  const [one] = same;
  if (one) checkFits(description, one);
  throw new CliError(
    'unknown-name',
    `You may use no function that is called ${quoted(called)}${version === undefined ? '' : ` and has the version ${version}`}. Somebody with the role FunctionOwner, or an administrator, registers it: ${await registering(description)}`,
  );
}

/** The command by which it would be there. */
async function registering({ function: fn, creator, ...description }: Description): Promise<string> {
  const allow = `--allow ${creator}`;
  if (fn.project !== undefined) return `gaiwan functions register --project ${fn.project} ${allow}`;
  const { catalogue } = await import('@gaiwan/catalogue');
  const entry = catalogue.get(fn.name ?? '');
  if (!entry) return `gaiwan functions register --name ${fn.name} ${allow} (and what else it is)`;
  const repeating = [...entry.inputs, ...entry.outputs].find((slot) => slot.repeats === true);
  const taken = new Set([...Object.keys(description.inputs), ...Object.keys(description.outputs)]);
  let count = 0;
  while (repeating && taken.has(repeating.name.replace('{i}', `${count}`))) count++;
  const given = readArguments(description.arguments);
  const optional = Object.entries(entry.arguments)
    .filter(([key, one]) => Object.hasOwn(one, 'default') && given.has(key))
    .map(([key]) => ` --optional-argument ${key}`);
  return `gaiwan functions register --name ${entry.name}${repeating ? ` --parties ${Math.max(1, count)}` : ''}${optional.join('')} --public`;
}

function checkFits(description: Description, found: FunctionInfo): void {
  const wrong = misfits(description, found);
  if (wrong.length > 0)
    throw usage(`The file does not fit ${found.name} (${found.functionId}): ${wrong.join('; ')}.`);
}

/** By place. What the platform would refuse, and more: an optional slot is one that the task has or has not. */
function misfits(description: Description, found: FunctionInfo): string[] {
  const given = readArguments(description.arguments);
  const free = found.arguments.filter((one) => one.allowOverwrite === true).map(({ key }) => key);
  const slots = (table: 'inputs' | 'outputs') => {
    const known = found[table];
    const has = description[table];
    return [
      ...Object.keys(has)
        .filter((slot) => !known.some(({ name }) => name === slot))
        .map(
          (slot) =>
            `[${table}.${slot}] is none of its ${table} (${known.map(({ name }) => name).join(', ') || 'it has none'})`,
        ),
      ...known
        .filter(({ name, optional }) => !optional && !Object.hasOwn(has, name))
        .map(({ name }) => `[${table}.${name}] is missing`),
    ];
  };
  return [
    ...[...given.keys()]
      .filter((key) => !free.includes(key))
      .map((key) => `[arguments] has ${key}, which it does not take`),
    ...free.filter((key) => !given.has(key)).map((key) => `[arguments] lacks ${key}`),
    // The task would have them besides what the file says, and differ from it for everybody.
    ...found.arguments
      .filter((one) => one.allowOverwrite !== true)
      .map(
        ({ key }) =>
          `it fixes the argument ${key}, which a file cannot say: give the task's id in place of a file`,
      ),
    ...slots('inputs'),
    ...slots('outputs'),
  ];
}
