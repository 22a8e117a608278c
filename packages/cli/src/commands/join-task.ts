/** `tasks join`: all that a party does before it approves. */

import { resolve } from 'node:path';
import type { Gaiwan, Task } from '@gaiwan/client';
import { dictionary, quoted, visible } from '@gaiwan/errors';
import { readArguments } from '@gaiwan/protocol/arguments';
import { buildCommand } from '@stricli/core';
import { taskPositional } from '../completion/positionals.ts';
import { type Context, note, print } from '../context.ts';
import { checkColumns } from '../description/columns.ts';
import { taskDifferences } from '../description/differences.ts';
import { CliError, usage } from '../errors.ts';
import { examples, type Json, jsonFlag, listFlag, switchFlag } from '../flags.ts';
import { type InputFile, lookAtFile } from '../input-file.ts';
import type { TaskRecord } from '../ring/record.ts';
import { asUser } from '../session.ts';
import { discardJoin, inUse, Join, leftOf } from '../task/join.ts';
import { statusName } from '../task/show-task.ts';
import { type ChosenTask, chosenTask } from '../task/which.ts';
import { ProgressBar } from '../terminal/progress.ts';

/** Staged, running, finished: what the keys open is there, or is coming. */
const NEEDED: ReadonlySet<number> = new Set([3, 4, 10]);
const FIRST_INVOKED = 3;

interface JoinFlags extends Json {
  readonly input?: readonly string[] | undefined;
  readonly discard?: boolean | undefined;
  readonly replace?: boolean | undefined;
}

export const join = buildCommand<JoinFlags, [string], Context>({
  docs: {
    brief:
      'Take part in a task: encrypt and hand in your data, reserve your outputs, put them into your slots',
    fullDescription: `TASK is the file that describes it, a name, or an id. Makes a key for each of your slots, which your key ring on this machine keeps under its
passphrase (GAIWAN_RING_PASSPHRASE, GAIWAN_RING_PASSPHRASE_FILE, or a prompt) and which leaves it only sealed for the verified platform. Columns are compared
with what the description expects before anything is sent. Interrupted, the same command goes on where it was; --discard takes it back. --replace hands in
another file, as long as the task was not run: what you handed in before is deleted, and whoever has approved has to approve again.

${examples(
  'gaiwan tasks join join.toml --input customers.csv',
  'gaiwan tasks join task-5e0a... --input training_data=a.csv --input labels=b.csv',
  'gaiwan tasks join two-banks --input corrected.csv --replace',
  'gaiwan tasks join two-banks --discard',
)}`,
  },
  parameters: {
    flags: {
      input: listFlag('Your file; where you have several input slots: for which (repeatable)', '[SLOT=]FILE'),
      discard: switchFlag(
        'Take back a join that is not finished: delete what it left on the platform and in the key ring',
      ),
      replace: switchFlag(
        'Let another file take the place of the one that you joined with; voids every approval',
      ),
      json: jsonFlag,
    },
    positional: taskPositional,
  },
  async func(flags, given) {
    const json = flags.json === true;
    await asUser(this, async (client, user) => {
      const chosen = await chosenTask(this, { client, user }, given);
      const { ring, id } = chosen;
      if (flags.discard === true) {
        if (flags.replace === true) throw usage('Either --discard or --replace.');
        return ring.whileLocked(id, () => discard(this, client, { chosen, json }));
      }
      const replace = flags.replace === true;
      const { record, replaced, voided } = await ring.whileLocked(id, async () => {
        const task = await client.tasks.get(id);
        const joined = await joinTask(this, client, {
          chosen,
          task,
          user,
          given: flags.input ?? [],
          replace,
        });
        const { record: known, replaced: slots } = joined;
        return { record: known, replaced: slots, voided: slots.length > 0 ? task.approvedUsers : [] };
      });
      const { inputs, outputs, name = id } = record;
      print(this, json, { taskId: id, inputs, outputs, ...(replace && { replaced, voided }) }, () =>
        [...joinedLines(record), ...replacedLines(replaced, voided), `Next: gaiwan tasks approve ${name}`]
          .map(visible)
          .join('\n'),
      );
    });
  },
});

interface Joining {
  readonly chosen: ChosenTask;
  readonly task: Task;
  readonly user: string;
  /** Of `--input`. */
  readonly given: readonly string[];
  readonly replace: boolean;
}

async function joinTask(
  context: Context,
  client: Gaiwan,
  { chosen, task, user, given, replace }: Joining,
): Promise<Pick<Join, 'record' | 'replaced'>> {
  const { described, ring } = chosen;
  const differs = described ? taskDifferences(described.description, task) : [];
  if (differs.length > 0)
    throw new CliError('task-differs', `${task.taskId} is not as it is described: ${differs.join('; ')}.`);
  const mine = (owners: Task['inputs']) =>
    Object.keys(owners)
      .filter((slot) => owners[slot]?.length === 1 && owners[slot]?.[0] === user)
      .sort();
  const files = await lookAtAll(filesOf(mine(task.inputs), given));
  for (const [slot, file] of Object.entries(files)) checkTable(chosen, slot, file);
  const empty: TaskRecord = { ...ring.owner, task: task.taskId, inputs: {}, outputs: {} };
  // Again, since it is locked: another command may have gone on meanwhile.
  const before = ring.record(task.taskId) ?? empty;
  if (replace) requireReplaceable(task, before);
  const record = described
    ? { ...before, name: described.description.name, description: described.text }
    : before;
  const outputs = mine(task.outputs);
  if (Object.keys(files).length + outputs.length === 0)
    throw usage(`You have no slot of your own in ${task.taskId}: there is nothing to join with.`);
  if (record.sealed === undefined) requireEmpty(task, [...Object.keys(files), ...outputs]);
  const bar = new ProgressBar();
  const joining = new Join(client, ring, {
    task,
    record,
    files,
    outputs,
    replace,
    onProgress: (...progress) => bar.update(...progress),
  });
  try {
    await joining.run();
    return joining;
  } catch (error) {
    bar.end();
    const left = leftOf(joining.record);
    if (left.length > 0)
      note(
        context,
        visible(
          `Not joined yet. On the platform are: ${left.join(', ')}; all of it encrypted under keys of your key ring. `,
        ).concat('Say the same again to go on, or take it back with --discard.'),
      );
    throw error;
  } finally {
    bar.end();
  }
}

async function lookAtAll(
  paths: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, InputFile>>> {
  const files: (readonly [string, InputFile])[] = [];
  for (const [slot, path] of Object.entries(paths)) files.push([slot, await lookAtFile(path)]);
  return dictionary(files);
}

/** Throws `CliError`: `usage`, `refused`. */
function requireReplaceable({ status, taskId }: Task, { sealed }: TaskRecord): void {
  if (sealed === undefined)
    throw usage(`You have not joined ${taskId} with this key ring: leave --replace out.`);
  if (status >= FIRST_INVOKED)
    throw new CliError(
      'refused',
      `${taskId} is ${statusName(status)}: its data cannot be replaced any more.`,
    );
}

/** Nothing is made where the slots are taken already. Throws `CliError` (slot-in-use). */
function requireEmpty({ assigned, taskId }: Task, slots: readonly string[]): void {
  for (const slot of slots)
    for (const there of [assigned.inputs, assigned.outputs])
      if (Object.hasOwn(there, slot) && there[slot] !== undefined) throw inUse(taskId, slot, there[slot]);
}

/** Absolute path by slot. Throws `CliError` (usage). */
function filesOf(slots: readonly string[], given: readonly string[]): Readonly<Record<string, string>> {
  const [only, ...others] = slots;
  const entries = given.map((text): readonly [string, string] => {
    const slot = slots.find((one) => text.startsWith(`${one}=`));
    if (slot !== undefined) return [slot, resolve(text.slice(slot.length + 1))];
    if (only === undefined) throw usage('You have no input in this task: leave --input out.');
    if (others.length > 0)
      throw usage(`Say for which of your inputs ${quoted(text)} is: --input ${slots.join('=FILE, ')}=FILE.`);
    return [only, resolve(text)];
  });
  const files = dictionary(entries);
  if (Object.keys(files).length !== entries.length) throw usage('An input is given twice.');
  const missing = slots.find((slot) => !Object.hasOwn(files, slot));
  if (missing !== undefined)
    throw usage(`Your input ${missing} is missing: --input ${others.length > 0 ? `${missing}=` : ''}FILE.`);
  return files;
}

/** Has the file the columns that the description expects? */
function checkTable({ described }: ChosenTask, slot: string, file: InputFile): void {
  if (!described) return;
  const { inputs, arguments: args } = described.description;
  const columns = Object.hasOwn(inputs, slot) ? inputs[slot]?.columns : undefined;
  if (columns === undefined) return;
  const delimiter: unknown = JSON.parse(readArguments(args).get('delimiter') ?? '","');
  checkColumns(file, columns, typeof delimiter === 'string' && delimiter !== '' ? delimiter : ',');
}

async function discard(
  context: Context,
  client: Gaiwan,
  { chosen: { id, ring }, json }: { readonly chosen: ChosenTask; readonly json: boolean },
): Promise<void> {
  const { status } = await client.tasks.get(id);
  if (NEEDED.has(status))
    throw new CliError(
      'refused',
      `${id} is ${statusName(status)}: what you joined with is not taken back, and the keys are needed for what it gives you (gaiwan tasks fetch).`,
    );
  const record = ring.record(id);
  const left = record ? leftOf(record) : [];
  if (record) await discardJoin(client, ring, record);
  print(context, json, { taskId: id, discarded: left }, () =>
    visible(left.length > 0 ? `Deleted ${left.join(', ')}.` : 'There was nothing.'),
  );
}

const joinedLines = ({ inputs, outputs, task }: TaskRecord): string[] => [
  `Joined ${task}.`,
  ...Object.entries(inputs).map(
    ([slot, { path, dataId, bytes }]) => `  ${slot}: ${path} (${bytes} bytes) is ${dataId}`,
  ),
  ...Object.entries(outputs).map(([slot, { dataId }]) => `  ${slot}: will be ${dataId}`),
];

function replacedLines(replaced: readonly string[], voided: readonly string[]): string[] {
  if (replaced.length === 0) return [];
  const approvals =
    voided.length === 0
      ? 'Nobody had approved what it was before.'
      : `The approvals of ${voided.join(', ')} are void: all approve again.`;
  return [`Replaced ${replaced.join(', ')}; what was there before is deleted. ${approvals}`];
}
