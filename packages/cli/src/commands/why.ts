/** `tasks why`: what a task waits for, and who can do it. */
import type { TaskExplanation } from '@gaiwan/client';
import { visible } from '@gaiwan/errors';
import { buildCommand } from '@stricli/core';
import { taskPositional } from '../completion/positionals.ts';
import { type Context, print } from '../context.ts';
import { examples, type Json, jsonFlag } from '../flags.ts';
import { onTask } from '../task/on-task.ts';
import { inWords, statusName } from '../task/show-task.ts';

export const why = buildCommand<Json, [string], Context>({
  docs: {
    brief: 'Say what a task waits for, and who can do it; of one that has ended, why',
    fullDescription: examples('gaiwan tasks why task-5e0a...', 'gaiwan tasks why two-banks'),
  },
  parameters: { flags: { json: jsonFlag }, positional: taskPositional },
  async func({ json }, given) {
    const { taskId, found } = await onTask(this, given, async ({ tasks }, id) => ({
      taskId: id,
      found: await tasks.explain(id),
    }));
    print(this, json === true, { taskId, ...inWords(found) }, () => text(taskId, found));
  },
});

function text(
  taskId: string,
  { status, obstacles, furtherObstacles, endedBecause }: TaskExplanation,
): string {
  const ended = endedBecause === undefined ? '' : `: ${endedBecause}`;
  return [
    `${taskId}  ${statusName(status)}${ended}`,
    ...obstacles.map(
      ({ reason, subject, who, remedy }) =>
        `  ${subject}${who.length > 0 ? `, up to ${who.join(', ')}` : ''} (${reason}): ${remedy}`,
    ),
    ...(furtherObstacles > 0 ? [`  and ${furtherObstacles} more`] : []),
  ]
    .map(visible)
    .join('\n');
}
