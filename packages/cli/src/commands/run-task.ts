/** invoke, watch, result, cancel. */

import { visible } from '@gaiwan/errors';
import { buildCommand } from '@stricli/core';
import { taskPositional } from '../completion/positionals.ts';
import { type Context, hex, note, print, printRaw } from '../context.ts';
import { deletionText } from '../deletion-text.ts';
import { CliError, usage } from '../errors.ts';
import { examples, type Json, jsonFlag, numberFlag, switchFlag } from '../flags.ts';
import { onTask } from '../task/on-task.ts';
import { inWords, repeatText, reportText, stateText, statusName } from '../task/show-task.ts';

const one = { flags: { json: jsonFlag }, positional: taskPositional } as const;
const FINISHED = 10;

export const invoke = buildCommand<Json, [string], Context>({
  docs: {
    brief: 'Start a task that everyone has approved',
    fullDescription: examples('gaiwan tasks invoke task-5e0a...'),
  },
  parameters: one,
  async func({ json }, given) {
    const taskId = await onTask(this, given, async ({ tasks }, id) => {
      await tasks.invoke(id);
      return id;
    });
    print(this, json === true, { taskId }, () => `Started. Follow it with: gaiwan tasks watch ${taskId}`);
  },
});

export const cancel = buildCommand<Json, [string], Context>({
  docs: { brief: 'Cancel a task', fullDescription: examples('gaiwan tasks cancel task-5e0a...') },
  parameters: one,
  async func({ json }, given) {
    const taskId = await onTask(this, given, async ({ tasks }, id) => {
      await tasks.cancel(id);
      return id;
    });
    print(this, json === true, { taskId }, () => 'Canceled.');
  },
});

export const remove = buildCommand<Json, [string], Context>({
  docs: {
    brief: 'Delete a task that has ended, with its result',
    fullDescription: `One with a result goes when all participants have said so, any other when its creator has. What it wrote into outputs stays.
Prints the digest that is left of it.

${examples('gaiwan tasks delete task-5e0a...')}`,
  },
  parameters: one,
  async func({ json }, given) {
    const { taskId, deletion } = await onTask(this, given, async ({ tasks }, id) => ({
      taskId: id,
      deletion: await tasks.delete(id),
    }));
    print(this, json === true, { taskId, ...deletion }, () => visible(deletionText(deletion)));
  },
});

export const watch = buildCommand<Json, [string], Context>({
  docs: {
    brief: 'Follow a task to its end',
    fullDescription: `One line a change (--json: one object a line). Exit code 1 if the task failed or was canceled.

${examples('gaiwan tasks watch task-5e0a...')}`,
  },
  parameters: one,
  async func({ json }, given) {
    await onTask(this, given, async ({ tasks }, taskId) => {
      for await (const state of tasks.watch(taskId)) {
        const { status, outcome: _, ...seen } = state;
        print(this, json === true, { status: statusName(status), ...seen }, () => stateText(state));
        const failed = status > FINISHED || (status === FINISHED && state.outcome?.ok === false);
        if (failed) throw new CliError('refused', `${taskId}: ${stateText(state)}`);
      }
    });
  },
});

interface ResultFlags extends Json {
  readonly timeout?: number | undefined;
  readonly raw?: boolean | undefined;
}

export const result = buildCommand<ResultFlags, [string], Context>({
  docs: {
    brief: 'Wait for the end of a task and print its result',
    fullDescription: `The result is a stranger's: characters that could deceive on a terminal are written out, e.g. \\u{1b}. --raw: its bytes as they are,
for a file or another program. Tags of the written outputs go to standard error: give them to gaiwan data download --tag.

${examples('gaiwan tasks result task-5e0a... --timeout 60', 'gaiwan tasks result task-5e0a... --raw > result.bin')}`,
  },
  parameters: {
    flags: {
      timeout: numberFlag('Seconds to wait (default: as long as it takes)', 0, 1_000_000),
      raw: switchFlag('Print the bytes of the result as they are'),
      json: jsonFlag,
    },
    positional: taskPositional,
  },
  async func({ timeout, raw, json }, given) {
    if (raw && json) throw usage('Give --raw or --json, not both.');
    const limit = timeout === undefined ? {} : { timeout: timeout * 1000 };
    const { ended, repeat } = await onTask(this, given, async ({ tasks }, taskId) => ({
      ended: await tasks.result(taskId, limit),
      repeat: (await tasks.report(taskId)).repeat,
    }));
    const { returnValue, tags, log } = ended;
    const text = Buffer.from(returnValue).toString('utf8');
    const value = {
      returnValue: text,
      returnValueHex: hex(returnValue),
      tags,
      log,
      ...(repeat && { repeat }),
    };
    if (raw) printRaw(returnValue);
    else print(this, json === true, value, () => text);
    if (json) return;
    for (const [slot, tag] of Object.entries(tags)) note(this, visible(`tag of ${slot}: ${hex(tag)}`));
    for (const line of log) note(this, visible(line));
    if (repeat) note(this, repeatText(repeat, []));
  },
});

export const report = buildCommand<Json, [string], Context>({
  docs: {
    brief: 'Show how a task was run, and its log',
    fullDescription: `The log is shown to those whom the manifest names, also that of a function that failed.

${examples('gaiwan tasks report task-5e0a...')}`,
  },
  parameters: one,
  async func({ json }, given) {
    const found = await onTask(this, given, ({ tasks }, taskId) => tasks.report(taskId));
    print(this, json === true, inWords(found), () => reportText(found));
  },
});
