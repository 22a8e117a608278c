/** A task out of the file that describes it. */
import type { FunctionInfo, Gaiwan, NewFunction } from '@gaiwan/client';
import { dictionary, messageOf, systemCode } from '@gaiwan/errors';
import { readArguments } from '@gaiwan/protocol/arguments';
import { type Context, note } from '../context.ts';
import { CliError, usage } from '../errors.ts';
import { functionsNamed, onlyFunction } from '../task/which-function.ts';
import type { Description } from './description.ts';
import { projectFunction, versionOf } from './version.ts';

/** The task's id. Registers a built-in function, or the project that the file names, where none that fits is there. Rejects with `CliError`, `GaiwanError`. */
export async function createDescribed(
  context: Context,
  { client, user }: { readonly client: Gaiwan; readonly user: string },
  description: Description,
): Promise<{ readonly taskId: string; readonly functionId: string; readonly version: string }> {
  if (description.creator !== user)
    throw usage(`The file says that ${description.creator} creates the task, and you are ${user}.`);
  const found = await describedFunction(context, client, description);
  checkFits(description, found);
  const version = versionOf(found);
  const { version: wanted } = description.function;
  if (wanted !== undefined && wanted !== version)
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

async function describedFunction(
  context: Context,
  client: Gaiwan,
  description: Description,
): Promise<FunctionInfo> {
  const { id, name, project } = description.function;
  if (id !== undefined) return client.functions.get(id);
  const definition = project === undefined ? await builtinOf(description) : projectFunction(project, name);
  const called = name ?? definition?.name ?? '';
  const named = await functionsNamed(client, called);
  const fitting = named.filter((one) => misfits(description, one).length === 0);
  const same =
    project === undefined
      ? fitting
      : fitting.filter((one) => versionOf(one) === description.function.version);
  if (same.length > 0) return onlyFunction(called, same);
  if (definition) return register(context, client, { definition, description });
  const [one] = named;
  if (one) checkFits(description, one);
  return onlyFunction(called, named);
}

async function register(
  context: Context,
  client: Gaiwan,
  { definition, description }: { readonly definition: NewFunction; readonly description: Description },
): Promise<FunctionInfo> {
  const { creator, parties } = description;
  const userAllowlist = parties.map(({ user }) => user).filter((user) => user !== creator);
  try {
    const functionId = await client.functions.register({ ...definition, userAllowlist });
    note(
      context,
      `Registered ${definition.name} for ${parties.map(({ user }) => user).join(', ')}: ${functionId}.`,
    );
    return await client.functions.get(functionId);
  } catch (cause) {
    if (systemCode(cause) !== 'access-denied') throw cause;
    throw new CliError(
      'unknown-name',
      `No function that you may use is ${definition.name} with these slots, and you may not register one (${messageOf(cause)}). Ask somebody with the role FunctionOwner to register it for you: gaiwan functions register.`,
      { cause },
    );
  }
}

/** As it would have to be registered for this task. Undefined for a name that is not in the catalogue. */
async function builtinOf({
  function: { name },
  ...description
}: Description): Promise<NewFunction | undefined> {
  const { catalogue } = await import('@gaiwan/catalogue');
  const entry = name === undefined ? undefined : catalogue.get(name);
  if (!entry) return undefined;
  const repeating = [...entry.inputs, ...entry.outputs].find((slot) => slot.repeats === true);
  const taken = new Set([...Object.keys(description.inputs), ...Object.keys(description.outputs)]);
  let parties = 0;
  while (repeating && taken.has(repeating.name.replace('{i}', `${parties}`))) parties++;
  const optional = Object.entries(entry.arguments).flatMap(([key, one]) =>
    Object.hasOwn(one, 'default') ? [key] : [],
  );
  const given = readArguments(description.arguments);
  const { builtinFunction } = await import('@gaiwan/client');
  return builtinFunction(entry.name, {
    ...(repeating && { parties: Math.max(1, parties) }),
    optionalArguments: optional.filter((key) => given.has(key)),
  });
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
    ...slots('inputs'),
    ...slots('outputs'),
  ];
}
