/** In what a task on the platform is not what its description says: in words, for those who are to approve it. */
import type { Approvable, Task } from '@gaiwan/client';
import { dictionary } from '@gaiwan/errors';
import { nameOf, type Subject } from '@gaiwan/protocol';
import { ArgumentsTextError, argumentsText, readArguments } from '@gaiwan/protocol/arguments';
import type { DescribedInput, DescribedOutput, Description } from './description.ts';

type Manifest = Approvable['manifest'];
type Owners = Readonly<Record<string, readonly string[]>>;

/** Of a task before it has a manifest: what is known by then. Empty: nothing differs. */
export function taskDifferences(description: Description, task: Task): string[] {
  const { function: fn, creator } = description;
  return [
    ...(creator === task.creator ? [] : [`its creator is ${task.creator}, not ${creator}`]),
    ...(fn.id === undefined || fn.id === task.functionId
      ? []
      : [`its function is ${task.functionId}, not ${fn.id}`]),
    ...argumentDifferences(description, task.arguments),
    ...slotDifferences('input', description.inputs, task.inputs),
    ...slotDifferences('output', description.outputs, task.outputs),
  ];
}

/** Of exactly what is approved. Empty: nothing differs. */
export function manifestDifferences(description: Description, manifest: Manifest): string[] {
  const names = (subjects: readonly Subject[]) => subjects.map(nameOf);
  const owners = (files: Manifest['inputs'] | Manifest['outputs']): Owners =>
    dictionary(files.map(({ slot, owners: of }) => [slot, names(of)] as const));
  const creator = nameOf(manifest.creator);
  return [
    ...(description.creator === creator ? [] : [`its creator is ${creator}, not ${description.creator}`]),
    ...functionDifferences(description, manifest),
    ...argumentDifferences(description, manifest.arguments),
    ...slotDifferences('input', description.inputs, owners(manifest.inputs)),
    ...slotDifferences('output', description.outputs, owners(manifest.outputs)),
    ...partyDifferences(description, manifest),
    ...optionDifferences(description, manifest),
  ];
}

function functionDifferences(
  { function: wanted, executor }: Description,
  { function: fn, executor: by }: Manifest,
) {
  const differs: string[] = [];
  if (wanted.id !== undefined && wanted.id !== fn.id)
    differs.push(`its function is ${fn.id}, not ${wanted.id}`);
  if (wanted.name !== undefined && wanted.name !== fn.name)
    differs.push(`its function is called ${fn.name}, not ${wanted.name}`);
  if (wanted.name?.startsWith('builtin-') && fn.executorType !== 'builtin')
    differs.push(
      `its function is code of ${nameOf(fn.owner)} for ${fn.executorType}, not the built-in function`,
    );
  if (wanted.version !== undefined && wanted.version !== fn.version)
    differs.push(`its function has the version ${fn.version}, not ${wanted.version}`);
  if (executor !== by) differs.push(`it is run by the executor ${by}, not ${executor}`);
  return differs;
}

function argumentDifferences({ arguments: wanted }: Description, has: string): string[] {
  return canonical(wanted) === canonical(has) ? [] : [`its arguments are ${has}, not ${wanted}`];
}

function canonical(text: string): string {
  try {
    return argumentsText(readArguments(text));
  } catch (error) {
    if (error instanceof ArgumentsTextError) return text;
    throw error;
  }
}

function slotDifferences(
  what: 'input' | 'output',
  wanted: Readonly<Record<string, DescribedInput | DescribedOutput>>,
  has: Owners,
): string[] {
  const list = (owners: readonly string[]) => [...owners].sort().join(', ');
  const missing = Object.entries(wanted).flatMap(([slot, { owners }]) => {
    const by = Object.hasOwn(has, slot) ? has[slot] : undefined;
    if (by === undefined) return [`it has no ${what} ${slot}`];
    return list(by) === list(owners) ? [] : [`its ${what} ${slot} is of ${list(by)}, not of ${list(owners)}`];
  });
  const more = Object.keys(has).filter((slot) => !Object.hasOwn(wanted, slot));
  return [...missing, ...more.map((slot) => `it has the ${what} ${slot}, of ${list(has[slot] ?? [])}`)];
}

/** Whoever brings a private function takes part in its tasks: the description need not say so. */
function partyDifferences(
  { parties }: Description,
  { participants, function: { owner } }: Manifest,
): string[] {
  const strangers = participants.filter(
    ({ subject }) => subject !== owner && !parties.some(({ user }) => user === nameOf(subject)),
  );
  const keys = parties.flatMap(({ user, key }) => {
    const has = participants.find(({ subject }) => nameOf(subject) === user)?.authority;
    return key === undefined || has === `key:${key}`
      ? []
      : [`${user} acts with ${has ?? 'nothing'}, not with the key ${key}`];
  });
  return [...strangers.map(({ subject }) => `${subject} takes part`), ...keys];
}

function optionDifferences(description: Description, { limits, logs, repeat }: Manifest): string[] {
  const has = new Map(Object.entries(limits));
  return [
    ...Object.entries(description.limits).flatMap(([name, wanted]) =>
      has.get(name) === wanted ? [] : [`its limit ${name} is ${has.get(name)}, not ${wanted}`],
    ),
    ...(description.logs.join() === [...logs].sort().join()
      ? []
      : [
          `its log is for ${logs.join(', ') || 'nobody'}, not for ${description.logs.join(', ') || 'nobody'}`,
        ]),
    ...(description.repeat === repeat
      ? []
      : [`it is run ${repeat ? 'twice' : 'once'}, not ${repeat ? 'once' : 'twice'}`]),
  ];
}
