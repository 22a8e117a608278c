/**
 * The story of three banks that want to know what their common customers owe in total, without showing each other a
 * list: told by playing it against a real platform, through its public API, as four people who share nothing.
 */

import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, GaiwanError, simulationTrust } from '@gaiwan/client';
import { createSimulation } from '@gaiwan/enclave';
import { audit } from './auditors.ts';
import { parseResult, plainJoin } from './join.ts';
import { type Address, arrive, Bank, type Found, freshPassword, type Person } from './people.ts';
import { startOwnPlatform } from './platform-process.ts';
import { bold, dim, Story, seconds, thousands } from './story.ts';
import { tellFound } from './verified.ts';

export interface ThreeBanksOptions {
  /** A platform that runs; without it, one is started for the length of the story. */
  readonly against?: Address & { readonly adminPassword: string };
  /** Ends the story early and cleans up. */
  readonly signal?: AbortSignal;
}

const LISTS = new URL('../../../../examples/three-banks/', import.meta.url);
const BANKS = [
  { name: 'alder', scheme: 'aes-gcm-128' },
  { name: 'birch', scheme: 'aes-gcm-256' },
  { name: 'cedar', scheme: 'teaclave-file-128' },
] as const;

export async function threeBanks(options: ThreeBanksOptions = {}): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'gaiwan-three-banks-'));
  const closing: (() => Promise<void> | void)[] = [() => rm(folder, { recursive: true, force: true })];
  const cleanUp = async () => {
    for (const close of closing.splice(0).reverse()) await close();
  };
  const abort = () => void cleanUp().then(() => process.exit(130));
  options.signal?.addEventListener('abort', abort);
  try {
    await play(new Story(), folder, options, closing);
  } finally {
    options.signal?.removeEventListener('abort', abort);
    await cleanUp();
  }
}

async function play(
  story: Story,
  folder: string,
  options: ThreeBanksOptions,
  closing: (() => Promise<void> | void)[],
): Promise<void> {
  story.line(bold('Three banks'));
  story.line();
  story.line(
    'Alder, Birch and Cedar each have a list of customers and what they owe. They want to know what the',
  );
  story.line(
    'customers whom all three have in common owe in total. None will show its list to another, to the',
  );
  story.line('analyst who does the work, or to the operator of the machine that computes.');

  const platform = await story.step('A platform', async () => {
    if (options.against) {
      story.says('operator', `runs one already: ${options.against.frontend}`);
      return options.against;
    }
    const machine = join(folder, 'machine');
    await createSimulation(machine, { now: Date.now() });
    const own = await startOwnPlatform(join(folder, 'platform'), machine);
    closing.push(() => own.stop());
    story.says(
      'operator',
      `starts one on a simulated machine: ${own.frontend}, with a worker in a process of`,
    );
    story.line(
      `             its own. ${bold('SIMULATION')}: everything is checked as on a real machine, nothing is`,
    );
    story.line('             protected from whoever controls this one.');
    const { reference, auditors, mrTd } = await audit('anna', 'bert');
    story.says(
      auditors.join(', '),
      'two auditors whom the banks chose, have built the program themselves and',
    );
    story.line(`             sign its measurement: MRTD ${mrTd.slice(0, 32)}…`);
    return { ...own, trust: { ...(await simulationTrust(machine)), reference } };
  });

  // Names are new each time, so that the story can be played again against the same platform.
  const suffix = options.against ? `-${randomBytes(3).toString('hex')}` : '';
  const admin = await connect(platform);
  closing.push(() => admin.close());

  const { banks, analyst, functionId } = await story.step('Four people who share nothing', async () => {
    await admin.login('admin', platform.adminPassword);
    const invite = async (name: string): Promise<Person> => {
      const first = freshPassword();
      await admin.users.register({ id: name, password: first, role: 'DataOwner', attribute: name });
      const tell = (found: Found) => tellFound(story, name, platform.trust, found);
      const person = await arrive(platform, name, first, join(folder, name), tell);
      closing.push(() => person.client.close());
      return person;
    };
    story.says('operator', 'makes accounts for three banks and an analyst, who then come in one by one.');
    const banks: Bank[] = [];
    for (const { name, scheme } of BANKS) {
      banks.push(
        new Bank(await invite(`bank-${name}${suffix}`), name, scheme, new URL(`bank-${name}.txt`, LISTS)),
      );
    }
    const analyst = await invite(`analyst${suffix}`);
    const functionId = await admin.functions.register({
      name: 'builtin-private-join-and-compute',
      description: 'What the customers whom all parties have in common owe in total',
      executorType: 'builtin',
      public: true,
      arguments: [{ key: 'num_user', allowOverwrite: true }],
      inputs: BANKS.map((_, index) => ({ name: `input_data${index}` })),
      outputs: BANKS.map((_, index) => ({ name: `output_data${index}` })),
    });
    story.says('everyone', 'logged in after that, and changed the password at once.');
    story.says('operator', 'offers the function that joins lists.');
    return { banks, analyst, functionId };
  });

  await story.step('Each bank encrypts its list and hands it in', async () => {
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
  });

  const taskId = await story.step('The analyst describes the computation', async () => {
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

  await story.step('Each looks at what it is asked to approve, and approves exactly that', async () => {
    const { manifest, digest } = await analyst.client.tasks.manifest(taskId);
    story.line(
      `   function    ${manifest.function.name}, version ${manifest.function.version.slice(0, 16)}…`,
    );
    story.line(`   arguments   ${manifest.arguments}`);
    for (const input of manifest.inputs) {
      story.line(`   ${input.slot}  from ${input.owners.join(', ')}, ${input.schema}, tag ${input.tag}`);
    }
    for (const output of manifest.outputs) story.line(`   ${output.slot}  to ${output.owners.join(', ')}`);
    story.line(`   ${bold('digest')}      ${bold(Buffer.from(digest).toString('hex'))}`);
    story.line();

    await banks[0]?.approve(taskId, 0);
    await banks[1]?.approve(taskId, 1);
    await analyst.client.tasks.approve(taskId, digest);
    story.says('alder', 'finds its own tag in it, and the function it expects: approves the digest.');
    story.says('birch', 'likewise.');
    story.says(
      'analyst',
      `approves, and tries to start without Cedar: ${await refusal(analyst.client.tasks.invoke(taskId))}`,
    );
    await banks[2]?.approve(taskId, 2);
    story.says('cedar', 'has looked at it too, and approves the digest.');
  });

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

  const totals = await story.step('Each bank fetches and decrypts its result', async () => {
    const results: Map<string, number>[] = [];
    for (const [index, bank] of banks.entries()) {
      const text = await bank.fetchResult(taskId, index);
      results.push(parseResult(text));
      story.says(
        bank.name,
        `decrypts ${thousands(text.length)} bytes with its own key; the tag is the one in the task's result.`,
      );
    }
    return results[0] as Map<string, number>;
  });

  const top = [...totals].sort(([, a], [, b]) => b - a).slice(0, 8);
  story.line();
  story.table([['common customer', 'owes'], ...top.map(([name, total]) => [name, thousands(total)])]);
  story.line(
    dim(
      `   … and ${thousands(totals.size - top.length)} more: ${thousands(totals.size)} common customers in all.`,
    ),
  );

  await story.step('Who could see what', async () => {
    const expected = plainJoin(
      await Promise.all(BANKS.map(({ name }) => readFile(new URL(`bank-${name}.txt`, LISTS), 'utf8'))),
    );
    const same =
      expected.size === totals.size && [...expected].every(([name, total]) => totals.get(name) === total);
    if (!same) throw new Error('the result is not the join of the three lists');
    const [alder, birch] = banks as [Bank, Bank];
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
    story.line(
      dim('   On a simulated machine whoever controls it can read its memory (docs/limitations.md).'),
    );
    story.line(
      '   The narrator, who has all three lists, joined them the plain way: the totals are the same.',
    );
  });
  story.times();
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
