/** `tasks run`: what is left for whoever created a task. */

import { visible } from '@gaiwan/errors';
import { buildCommand } from '@stricli/core';
import { taskPositional } from '../completion/positionals.ts';
import { type Context, hex, note, print } from '../context.ts';
import { examples } from '../flags.ts';
import { asUser } from '../session.ts';
import { stateText } from '../task/show-task.ts';
import { chosenTask } from '../task/which.ts';
import { type ApproveFlags, approveFlags, approveReviewed } from './approve.ts';

export const run = buildCommand<ApproveFlags, [string], Context>({
  docs: {
    brief: 'Review and approve a task that all others have approved, start it, and print its result',
    fullDescription: `For its creator. Where approvals are missing, yours is given and their names are said: run it again when they are there. Interrupted, the task goes on; the same command follows it.

${examples('gaiwan tasks run two-banks', 'gaiwan tasks run task-5e0a... --yes 3f0c...')}`,
  },
  parameters: { flags: approveFlags, positional: taskPositional },
  async func(flags, given) {
    const { taskId, ended } = await asUser(this, async (client, user) => {
      const { tasks } = client;
      const chosen = await chosenTask(this, { client, user }, given);
      const { status, approvedUsers } = await tasks.get(chosen.id);
      // Created, data assigned, approved; from the next one on it has been started.
      if (status <= 2) {
        if (!approvedUsers.includes(user)) await approveReviewed(this, client, { chosen, flags });
        await tasks.invoke(chosen.id);
      }
      for await (const state of tasks.watch(chosen.id)) note(this, stateText(state));
      return { taskId: chosen.id, ended: await tasks.result(chosen.id) };
    });
    const text = Buffer.from(ended.returnValue).toString('utf8');
    const { tags, log } = ended;
    print(
      this,
      flags.json === true,
      { taskId, returnValue: text, returnValueHex: hex(ended.returnValue), tags, log },
      () => text,
    );
    if (flags.json !== true) for (const line of log) note(this, visible(line));
  },
});
