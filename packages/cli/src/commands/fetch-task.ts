/** `tasks fetch`: all that a task made for me. */

import { visible } from '@gaiwan/errors';
import { buildCommand } from '@stricli/core';
import { taskPositional } from '../completion/positionals.ts';
import { type Context, note, print } from '../context.ts';
import { CliError } from '../errors.ts';
import { examples, type Json, jsonFlag, numberFlag, requiredText, switchFlag } from '../flags.ts';
import { foreignRecord } from '../ring/elsewhere.ts';
import { asUser } from '../session.ts';
import { fetchAll } from '../task/fetch.ts';
import { type ChosenTask, chosenTask } from '../task/which.ts';
import { ProgressBar } from '../terminal/progress.ts';

interface FetchFlags extends Json {
  readonly out: string;
  readonly timeout?: number | undefined;
  readonly force?: boolean | undefined;
}

export const fetch = buildCommand<FetchFlags, [string], Context>({
  docs: {
    brief: 'Wait for the end of a task, then download, check and decrypt all that is yours',
    fullDescription: `Your outputs are checked against the tags in the task's result and decrypted with the keys of your key ring; what the function returned is
result.txt. All files appear together once all are authentic; files that are there are not written over without --force.

${examples('gaiwan tasks fetch two-banks -o results')}`,
  },
  parameters: {
    flags: {
      out: requiredText('Folder; made where it is absent', 'DIR'),
      timeout: numberFlag('Seconds to wait (default: as long as it takes)', 0, 1_000_000),
      force: switchFlag('Write over files that are there'),
      json: jsonFlag,
    },
    aliases: { o: 'out' },
    positional: taskPositional,
  },
  async func({ out, timeout, force, json }, given) {
    const bar = new ProgressBar();
    const { id, fetched } = await asUser(this, async (client, user) => {
      const chosen = await chosenTask(this, { client, user }, given);
      const task = await client.tasks.get(chosen.id);
      const mine = Object.keys(task.outputs).filter((slot) => task.outputs[slot]?.join() === user);
      requireKeys(this, chosen, mine);
      const ended = await client.tasks.result(
        chosen.id,
        timeout === undefined ? {} : { timeout: timeout * 1000 },
      );
      const onProgress = (done: number, total: number) => bar.update('download', done, total);
      const plan = { chosen, ended, folder: out, force: force === true, onProgress };
      const unwritten = mine.filter((slot) => !Object.hasOwn(ended.tags, slot));
      if (unwritten.length > 0) note(this, visible(`The function wrote nothing to ${unwritten.join(', ')}.`));
      return { id: chosen.id, fetched: await fetchAll(client, plan).finally(() => bar.end()) };
    });
    print(this, json === true, { taskId: id, folder: out, files: fetched }, () =>
      fetched
        .map(({ file, bytes, tag }) =>
          visible(`${out}/${file}  ${bytes} bytes${tag === undefined ? '' : `, tag ${tag}`}`),
        )
        .join('\n'),
    );
  },
});

/** Throws `CliError` (ring-foreign, ring-lost) before anybody waits for what could not be read. */
function requireKeys({ env }: Context, { id, record, ring }: ChosenTask, mine: readonly string[]): void {
  const without = mine.filter((slot) => record?.outputs[slot]?.dataId === undefined);
  if (without.length === 0) return;
  const elsewhere = foreignRecord(env, ring, id);
  if (elsewhere) throw elsewhere;
  throw new CliError(
    'ring-lost',
    `Your key ring on this machine has no key for ${without.join(', ')} of ${id} (${ring.folder}).`,
  );
}
