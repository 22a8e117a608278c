/** The end of the story: what each could see, and whether the result is right. */
import { readFile } from 'node:fs/promises';
import { plainJoin } from './join.ts';
import { refusalOf } from './refusal.ts';
import { BANKS, type Cast, LISTS, type Stage } from './stage.ts';
import { dim } from './story.ts';

async function checkTotals(totals: ReadonlyMap<string, number>): Promise<void> {
  const lists = await Promise.all(
    BANKS.map(({ name }) => readFile(new URL(`bank-${name}.txt`, LISTS), 'utf8')),
  );
  const expected = plainJoin(lists);
  const same =
    expected.size === totals.size && [...expected].every(([name, total]) => totals.get(name) === total);
  if (!same) throw new Error('the result is not the join of the three lists');
}

export function showWhoCouldSee(
  { story }: Stage,
  { admin, banks, analyst }: Cast,
  taskId: string,
  totals: ReadonlyMap<string, number>,
): Promise<void> {
  return story.step('Who could see what', async () => {
    await checkTotals(totals);
    const [alder, birch] = banks;
    if (alder === undefined || birch === undefined) throw new Error('there are three banks');
    const refused = {
      birch: await refusalOf(birch.person.client.data.createDownload(alder.inputId)),
      analyst: await refusalOf(analyst.client.data.createDownload(alder.outputId)),
      operator: await refusalOf(admin.tasks.get(taskId)),
    };
    story.table([
      ['who', 'sees', 'tried more'],
      [
        'a bank',
        'its own list, the manifest, the totals of common customers',
        `Birch asks for Alder's list: ${refused.birch}`,
      ],
      ['analyst', 'the manifest, the one-line summary', `asks for a result: ${refused.analyst}`],
      ['operator', 'names, sizes, times, ciphertext', `asks for the task: ${refused.operator}`],
    ]);
    story.line(
      dim('   On a simulated machine whoever controls it can read its memory (docs/limitations.md).'),
    );
    story.line(
      '   The narrator, who has all three lists, joined them the plain way: the totals are the same.',
    );
  });
}
