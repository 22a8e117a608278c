/** Look at exactly what is asked, and approve exactly that. */
import { buildCommand } from '@stricli/core';
import { keepApproved, refusesHidden } from '../code/approved.ts';
import { codeReview, requireReadable, shownCode } from '../code/review.ts';
import { type Context, hex, note, print } from '../context.ts';
import { CliError, usage } from '../errors.ts';
import { examples, type Json, jsonFlag, positional, switchFlag, textFlag } from '../flags.ts';
import { asUser } from '../session.ts';
import { parseHex } from '../terminal/keys.ts';
import { askLine } from '../terminal/secrets.ts';
import { manifestText } from './show-task.ts';

export const manifest = buildCommand<Json, [string], Context>({
  docs: {
    brief: 'Show what you would approve, and its digest',
    fullDescription: `The manifest's bytes are fetched, hashed and checked on this machine.

${examples('gaiwan tasks manifest task-5e0a...')}`,
  },
  parameters: { flags: { json: jsonFlag }, positional: positional('TASK_ID') },
  async func({ json }, id) {
    const found = await asUser(this, (client) => client.tasks.manifest(id));
    const { bytes: _, ...rest } = found;
    print(this, json === true, rest, () => manifestText(found));
  },
});

interface ApproveFlags extends Json {
  readonly digest?: string | undefined;
  readonly requireKeys?: boolean | undefined;
  readonly refuseHidden?: boolean | undefined;
}

export const approve = buildCommand<ApproveFlags, [string], Context>({
  docs: {
    brief: 'Approve exactly what you have seen',
    fullDescription: `Shows the manifest, and what is to be known of the code. Give the digest that you have looked at with --digest, or confirm in the terminal; if the manifest
is another by then, nothing is approved.

${examples('gaiwan tasks approve task-5e0a...', 'gaiwan tasks approve task-5e0a... --digest 3f0c...')}`,
  },
  parameters: {
    flags: {
      digest: textFlag('The digest that you approve', 'HEX'),
      requireKeys: switchFlag('Only if every participant has a key'),
      refuseHidden: switchFlag('Only if you can read the code (for always: gaiwan functions refuse-hidden)'),
      json: jsonFlag,
    },
    positional: positional('TASK_ID'),
  },
  async func(flags, taskId) {
    const wanted = flags.digest === undefined ? undefined : parseHex(flags.digest, 32, '--digest');
    const refuses = flags.refuseHidden === true || refusesHidden(this.env);
    await asUser(this, async ({ tasks }) => {
      const found = await tasks.manifest(taskId);
      const code = await tasks.code(taskId, found);
      const functionId = found.manifest.function.id;
      note(
        this,
        [manifestText(found), ...codeReview(this.env, code, { name: taskId, functionId })].join('\n'),
      );
      requireReadable(code, refuses);
      if (wanted && hex(wanted) !== hex(found.digest)) {
        throw new CliError(
          'refused',
          `The digest is now ${hex(found.digest)}: look again before you approve.`,
        );
      }
      if (!wanted && !(await askToConfirm())) throw new CliError('refused', 'Not approved.');
      await tasks.approve(taskId, wanted ?? found.digest, { requireKeys: flags.requireKeys === true });
      const shown = shownCode(code);
      if (shown) keepApproved(this.env, functionId, { task: taskId, code: shown, at: new Date() });
      print(
        this,
        flags.json === true,
        { taskId, digest: found.digest },
        () => `Approved ${hex(found.digest)}.`,
      );
    });
  },
});

async function askToConfirm(): Promise<boolean> {
  const answer = await askLine('Approve exactly this? Type yes: ');
  if (answer === undefined) throw usage('There is no terminal to confirm in: give --digest HEX.');
  return answer.trim().toLowerCase() === 'yes';
}
