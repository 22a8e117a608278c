/** Where the story takes place, and who takes part. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { connect, simulationTrust } from '@gaiwan/client';
import { createSimulation } from '@gaiwan/enclave';
import { audit } from './auditors.ts';
import { arrive, Bank, type Found, freshPassword, type Person } from './people.ts';
import { startOwnPlatform } from './platform-process.ts';
import { BANKS, type Cast, LISTS, type RunningAddress, type Stage } from './stage.ts';
import { bold } from './story.ts';
import { tellFound } from './verified.ts';

/** `against`: a platform that runs already; without it, one is started on a simulated machine. */
export function findPlatform(stage: Stage, against: RunningAddress | undefined): Promise<RunningAddress> {
  const { story } = stage;
  return story.step('A platform', async () => {
    if (against === undefined) return startPlatform(stage);
    story.says('operator', `runs one already: ${against.frontend}`);
    return against;
  });
}

async function startPlatform({ story, folder, atEnd }: Stage): Promise<RunningAddress> {
  const machine = join(folder, 'machine');
  await createSimulation(machine, { now: Date.now() });
  const own = await startOwnPlatform(join(folder, 'platform'), machine);
  atEnd(() => own.stop());
  story.says('operator', `starts one on a simulated machine: ${own.frontend}, with a worker in a process of`);
  story.line(
    `             its own. ${bold('SIMULATION')}: everything is checked as on a real machine, nothing is`,
  );
  story.line('             protected from whoever controls this one.');
  const { reference, auditors, mrTd } = await audit('anna', 'bert');
  story.says(auditors.join(', '), 'two auditors whom the banks chose, have built the program themselves and');
  story.line(`             sign its measurement: MRTD ${mrTd.slice(0, 32)}…`);
  return { ...own, trust: { ...(await simulationTrust(machine)), reference } };
}

export async function gatherPeople(stage: Stage, platform: RunningAddress, isOwn: boolean): Promise<Cast> {
  const { story, folder, atEnd } = stage;
  // Names are new each time, so that the story can be played again against the same platform.
  const suffix = isOwn ? '' : `-${randomBytes(3).toString('hex')}`;
  const admin = await connect(platform);
  atEnd(() => admin.close());
  return story.step('Four people who share nothing', async () => {
    await admin.login('admin', platform.adminPassword);
    const invite = async (name: string): Promise<Person> => {
      const firstPassword = freshPassword();
      await admin.users.register({ id: name, password: firstPassword, role: 'DataOwner', attribute: name });
      const tell = (found: Found) => tellFound(story, name, platform.trust, found);
      const person = await arrive(platform, { id: name, firstPassword, folder: join(folder, name), tell });
      atEnd(() => person.client.close());
      return person;
    };
    story.says('operator', 'makes accounts for three banks and an analyst, who then come in one by one.');
    const banks: Bank[] = [];
    for (const { name, scheme } of BANKS) {
      const person = await invite(`bank-${name}${suffix}`);
      banks.push(new Bank(person, name, scheme, new URL(`bank-${name}.txt`, LISTS)));
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
    story.says(
      'everyone',
      'logged in after that, registered a key of its own, and changed the password at once.',
    );
    for (const { name, person } of banks) story.says(name, `acts with the key ${person.keyId.slice(0, 32)}…`);
    story.line(
      '             From then on the operator, who can reset passwords, can do nothing in their names.',
    );
    story.says('operator', 'offers the function that joins lists.');
    return { admin, banks, analyst, functionId };
  });
}
