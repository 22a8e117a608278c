/** From three encrypted lists to three encrypted results. */
import { nameOf } from '@gaiwan/protocol';
import { parseResult } from './join.ts';
import { refusalOf } from './refusal.ts';
import type { Cast, Stage } from './stage.ts';
import { bold, dim, seconds, thousands } from './story.ts';

export function handInLists({ story }: Stage, { banks }: Cast): Promise<void> {
  return story.step('Each bank encrypts its list and hands it in', async () => {
    for (const bank of banks) {
      const { rows, bytes, tag, ms } = await bank.handIn();
      story.says(
        bank.name,
        `${thousands(rows)} customers, ${thousands(bytes)} bytes, encrypted here with ${bank.scheme}`,
      );
      story.line(`             and uploaded; tag ${tag} ${dim(`(${seconds(ms)})`)}`);
    }
    story.line(
      dim(
        '   The platform has ciphertext. The keys are sealed; only a worker that runs an approved task gets them.',
      ),
    );
  });
}

/** Returns the task's id. */
export function describeTask({ story }: Stage, { banks, analyst, functionId }: Cast): Promise<string> {
  return story.step('The analyst describes the computation', async () => {
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
  });
}

export function approveTask({ story }: Stage, { banks, analyst }: Cast, taskId: string): Promise<void> {
  return story.step('Each looks at what it is asked to approve, and approves exactly that', async () => {
    const { manifest, digest } = await analyst.client.tasks.manifest(taskId);
    story.line(
      `   function    ${manifest.function.name}, version ${manifest.function.version.slice(0, 16)}…`,
    );
    story.line(`   arguments   ${manifest.arguments}`);
    for (const input of manifest.inputs) {
      story.line(
        `   ${input.slot}  from ${input.owners.map(nameOf).join(', ')}, ${input.schema}, tag ${input.tag}`,
      );
    }
    for (const output of manifest.outputs)
      story.line(`   ${output.slot}  to ${output.owners.map(nameOf).join(', ')}`);
    for (const { subject, authority } of manifest.participants)
      story.line(`   ${nameOf(subject).padEnd(12)}  ${authority.slice(0, 36)}…`);
    story.line(`   ${bold('digest')}      ${bold(Buffer.from(digest).toString('hex'))}`);
    story.line();

    const signs = async (index: number) => `${(await banks[index]?.approve(taskId, index))?.slice(0, 32)}…`;
    story.says(
      'alder',
      'finds its own tag and key in it, and the function it expects, and signs the digest:',
    );
    story.line(`             ${await signs(0)}`);
    story.says('birch', `likewise: ${await signs(1)}`);
    await analyst.client.tasks.approve(taskId, digest);
    story.says(
      'analyst',
      `approves, and tries to start without Cedar: ${await refusalOf(analyst.client.tasks.invoke(taskId))}`,
    );
    story.says('cedar', `has looked at it too: ${await signs(2)}`);
    story.line('             The worker verifies all four signatures before it asks for a byte.');
  });
}

export async function invokeTask({ story }: Stage, { analyst }: Cast, taskId: string): Promise<void> {
  const returned = await story.step('The analyst invokes the task', async () => {
    await analyst.client.tasks.invoke(taskId);
    const names: Record<number, string> = { 3: 'staged', 4: 'running', 10: 'finished' };
    for await (const { status } of analyst.client.tasks.watch(taskId)) {
      const name = names[status];
      if (name) story.says('platform', name);
    }
    const { returnValue } = await analyst.client.tasks.result(taskId);
    return Buffer.from(returnValue).toString();
  });
  story.says('analyst', `reads the summary: "${returned}"`);
}

/** What each common customer owes in total, as the first bank has it. */
export async function fetchResults(
  { story }: Stage,
  { banks }: Cast,
  taskId: string,
): Promise<ReadonlyMap<string, number>> {
  const [totals] = await story.step('Each bank fetches and decrypts its result', async () => {
    const results: Map<string, number>[] = [];
    for (const [index, bank] of banks.entries()) {
      const text = await bank.fetchResult(taskId, index);
      results.push(parseResult(text));
      story.says(
        bank.name,
        `decrypts ${thousands(text.length)} bytes with its own key; the tag is the one in the task's result.`,
      );
    }
    return results;
  });
  if (totals === undefined) throw new Error('no bank has a result');
  const top = [...totals].sort(([, a], [, b]) => b - a).slice(0, 8);
  story.line();
  story.table([['common customer', 'owes'], ...top.map(([name, total]) => [name, thousands(total)])]);
  story.line(
    dim(
      `   … and ${thousands(totals.size - top.length)} more: ${thousands(totals.size)} common customers in all.`,
    ),
  );
  return totals;
}
