/** `tasks list`: by status, by what one is in them, by function. */
import type { TaskFilter } from '@gaiwan/client';
import { buildCommand } from '@stricli/core';
import { type Context, collect, print, table } from '../context.ts';
import { usage } from '../errors.ts';
import { examples, type Json, jsonFlag, listFlag, switchFlag, textFlag } from '../flags.ts';
import { asUser } from '../session.ts';
import { inWords, statusName, statusNumbers } from '../task/show-task.ts';
import { chosenFunction } from '../task/which-function.ts';

interface ListFlags extends Json {
  readonly status?: readonly string[] | undefined;
  readonly open?: boolean | undefined;
  readonly mine?: boolean | undefined;
  readonly function?: string | undefined;
  readonly functionName?: string | undefined;
}

const words = [...statusNumbers.keys()];
/** From the next one on nothing changes any more. */
const FINISHED = 10;

export const list = buildCommand<ListFlags, [], Context>({
  docs: {
    brief: 'List your tasks',
    fullDescription: examples(
      'gaiwan tasks list',
      'gaiwan tasks list --open',
      'gaiwan tasks list --status finished --status failed --mine',
      'gaiwan tasks list --function average',
    ),
  },
  parameters: {
    flags: {
      status: listFlag(`${words.join(', ')} (repeatable)`, 'STATUS'),
      open: switchFlag('Those that have not ended'),
      mine: switchFlag('Those that you have created'),
      function: textFlag('Those of one function, by its name or id', 'FUNCTION'),
      functionName: textFlag('Those of functions whose names begin so', 'TEXT'),
      json: jsonFlag,
    },
  },
  async func(flags) {
    const statuses = statusesOf(flags);
    const items = await asUser(this, async (client) => {
      const filter: TaskFilter = {
        statuses,
        ...(flags.mine === true && { role: 'creator' }),
        ...(flags.function !== undefined && {
          functionId: await chosenFunction(this, client, flags.function),
        }),
        ...(flags.functionName !== undefined && { functionNamePrefix: flags.functionName }),
      };
      return collect(client.tasks.listAll(filter));
    });
    const rows = items.map(({ taskId, functionName, creator, status }) => [
      taskId,
      statusName(status),
      functionName,
      creator,
    ]);
    print(this, flags.json === true, { items: items.map(inWords) }, () =>
      table([['id', 'status', 'function', 'creator'], ...rows]),
    );
  },
});

function statusesOf({ status = [], open }: ListFlags): number[] {
  if (open && status.length > 0) throw usage('Give --open or --status, not both.');
  if (open) return [...statusNumbers.values()].filter((number) => number < FINISHED);
  return status.map((word) => {
    const number = statusNumbers.get(word);
    if (number === undefined)
      throw usage(`${JSON.stringify(word)} is no status: give one of ${words.join(', ')}.`);
    return number;
  });
}
