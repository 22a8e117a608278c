/** `tasks decline`: a participant's no. */
import { buildCommand } from '@stricli/core';
import { taskPositional } from '../completion/positionals.ts';
import { type Context, print } from '../context.ts';
import { examples, type Json, jsonFlag, requiredText } from '../flags.ts';
import { onTask } from '../task/on-task.ts';

interface DeclineFlags extends Json {
  readonly reason: string;
}

export const decline = buildCommand<DeclineFlags, [string], Context>({
  docs: {
    brief: 'Decline a task that you take part in: it ends, and everybody in it reads why',
    fullDescription: `Until it runs. What you have assigned is yours again; nothing of the task holds it.

${examples('gaiwan tasks decline task-5e0a... --reason "The ethics board has not agreed yet"')}`,
  },
  parameters: {
    flags: { reason: requiredText('Why, in one line', 'TEXT'), json: jsonFlag },
    positional: taskPositional,
  },
  async func({ reason, json }, given) {
    const taskId = await onTask(this, given, async ({ tasks }, id) => {
      await tasks.decline(id, reason);
      return id;
    });
    print(this, json === true, { taskId }, () => `Declined ${taskId}.`);
  },
});
