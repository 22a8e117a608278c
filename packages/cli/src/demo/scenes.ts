/** The scenes of the story, in their order. */
import { readFile } from 'node:fs/promises';
import { GaiwanError } from '@gaiwan/client';
import type { Cast } from './cast.ts';
import { parseResult, plainJoin } from './join.ts';
import { BANKS, listOf } from './lists.ts';
import { bold, dim, type Story, seconds, thousands } from './story.ts';

/** Each bank encrypts its list on its own side and uploads the ciphertext. */
export async function handInLists(story: Story, { banks }: Cast): Promise<void> {
  for (const bank of banks) {
    const { rows, bytes, tag, ms } = await bank.handIn();
    const speed = dim(`(${seconds(ms)})`);
    story.says(
      bank.name,
      `${thousands(rows)} customers, ${thousands(bytes)} bytes, encrypted here with ${bank.scheme}`,
    );
    story.line(`             and uploaded; tag ${tag} ${speed}`);
  }
  story.line(
    dim(
      '   The platform has ciphertext. The keys are sealed; only a worker that runs an approved task gets them.',
    ),
  );
}

/** The analyst creates the task; the banks fill their slots. The task's id. */
export async function describeTask(story: Story, { banks, analyst, functionId }: Cast): Promise<string> {
  const slots = (prefix: string) =>
    Object.fromEntries(banks.map((bank, index) => [`${prefix}${index}`, [bank.id]]));
  const taskId = await analyst.client.tasks.create({
    functionId,
    arguments: { num_user: banks.length },
    executor: 'builtin',
    inputs: slots('input_data'),
    outputs: slots('output_data'),
  });
  story.says('analyst', `${taskId}: join three lists, one result for each bank.`);
  for (const [index, bank] of banks.entries()) await bank.assign(taskId, index);
  story.says('banks', 'put their files into the slots that are theirs.');
  return taskId;
}

/** Everybody approves the manifest's digest; nothing starts before the last has. */
export async function approveTask(story: Story, { banks, analyst }: Cast, taskId: string): Promise<void> {
  const [alder, birch, cedar] = banks;
  const { manifest, digest } = await analyst.client.tasks.manifest(taskId);
  story.line(`   function    ${manifest.function.name}, version ${manifest.function.version.slice(0, 16)}…`);
  story.line(`   arguments   ${manifest.arguments}`);
  for (const input of manifest.inputs) {
    story.line(`   ${input.slot}  from ${input.owners.join(', ')}, ${input.schema}, tag ${input.tag}`);
  }
  for (const output of manifest.outputs) story.line(`   ${output.slot}  to ${output.owners.join(', ')}`);
  story.line(`   ${bold('digest')}      ${bold(Buffer.from(digest).toString('hex'))}`);
  story.line();

  await alder.approve(taskId, 0);
  await birch.approve(taskId, 1);
  await analyst.client.tasks.approve(taskId, digest);
  story.says('alder', 'finds its own tag in it, and the function it expects: approves the digest.');
  story.says('birch', 'likewise.');
  story.says(
    'analyst',
    `approves, and tries to start without Cedar: ${await refusal(analyst.client.tasks.invoke(taskId))}`,
  );
  await cedar.approve(taskId, 2);
  story.says('cedar', 'has looked at it too, and approves the digest.');
}

/** The summary, once the task is finished. */
export async function invokeTask(story: Story, { analyst }: Cast, taskId: string): Promise<string> {
  await analyst.client.tasks.invoke(taskId);
  const names: Record<number, string> = { 3: 'staged', 4: 'running', 10: 'finished' };
  for await (const { status } of analyst.client.tasks.watch(taskId)) {
    const name = names[status];
    if (name) story.says('platform', name);
  }
  const { returnValue } = await analyst.client.tasks.result(taskId);
  return Buffer.from(returnValue).toString();
}

/** What the common customers owe, as the first bank reads it. */
export async function fetchResults(
  story: Story,
  { banks }: Cast,
  taskId: string,
): Promise<Map<string, number>> {
  let totals: Map<string, number> | undefined;
  for (const [index, bank] of banks.entries()) {
    const text = await bank.fetchResult(taskId, index);
    const parsed = parseResult(text);
    totals ??= parsed;
    story.says(
      bank.name,
      `decrypts ${thousands(text.length)} bytes with its own key; the tag is the one in the task's result.`,
    );
  }
  return totals ?? new Map();
}

/** A table of those who owe most. */
export function showTotals(story: Story, totals: ReadonlyMap<string, number>): void {
  const top = [...totals].sort(([, a], [, b]) => b - a).slice(0, 8);
  story.line();
  story.table([['common customer', 'owes'], ...top.map(([name, total]) => [name, thousands(total)])]);
  story.line(
    dim(
      `   … and ${thousands(totals.size - top.length)} more: ${thousands(totals.size)} common customers in all.`,
    ),
  );
}

interface Ended {
  readonly taskId: string;
  readonly totals: ReadonlyMap<string, number>;
}

/** What each can see, what the platform says to those who try more, and whether the result is right. */
export async function showWhoSees(story: Story, cast: Cast, { taskId, totals }: Ended): Promise<void> {
  const { admin, analyst, banks } = cast;
  const expected = plainJoin(await Promise.all(BANKS.map(({ name }) => readFile(listOf(name), 'utf8'))));
  const same =
    expected.size === totals.size && [...expected].every(([name, total]) => totals.get(name) === total);
  if (!same) throw new Error('the result is not the join of the three lists');
  const [alder, birch] = banks;
  const refused = {
    birch: await refusal(birch.person.client.data.createDownload(alder.inputId)),
    analyst: await refusal(analyst.client.data.createDownload(alder.outputId)),
    operator: await refusal(admin.tasks.get(taskId)),
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
  story.line(dim('   On a simulated machine whoever controls it can read its memory (docs/limitations.md).'));
  story.line('   The narrator, who has all three lists, joined them the plain way: the totals are the same.');
}

/** What the platform says to somebody who tries what is not allowed. */
async function refusal(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof GaiwanError) {
      const who = error.subjects.length > 0 ? `, missing: ${error.subjects.join(', ')}` : '';
      return `refused (${error.policyId ?? error.code}${who})`;
    }
    throw error;
  }
  throw new Error('the platform allowed what it must refuse');
}
