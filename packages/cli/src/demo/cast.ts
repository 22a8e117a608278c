/** Who takes part in the story, and where: the platform, its operator, three banks, an analyst. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { connect, type Gaiwan, simulationTrust } from '@gaiwan/client';
import { createSimulation } from '@gaiwan/enclave';
import { audit } from './auditors.ts';
import { BANKS, listOf } from './lists.ts';
import { type Address, arrive, Bank, freshPassword, type Person } from './people.ts';
import { startOwnPlatform } from './platform-process.ts';
import { bold, type Story } from './story.ts';
import { tellFound } from './verified.ts';

/** A platform, and the password of who operates it. */
export type RunningPlatform = Address & { readonly adminPassword: string };

/** What the story is told on. */
export interface Stage {
  readonly story: Story;
  /** A folder of its own for the length of the story. */
  readonly folder: string;
  /** A platform that runs; without it, one is started. */
  readonly against?: RunningPlatform | undefined;
  /** Is called at the end, the last first. */
  readonly closing: (() => Promise<void> | void)[];
}

/** Everybody, connected. */
export interface Cast {
  readonly admin: Gaiwan;
  readonly banks: readonly [Bank, Bank, Bank];
  readonly analyst: Person;
  /** The function that joins lists. */
  readonly functionId: string;
}

/** The platform that the story is played on. */
export async function openPlatform({ story, folder, against, closing }: Stage): Promise<RunningPlatform> {
  if (against) {
    story.says('operator', `runs one already: ${against.frontend}`);
    return against;
  }
  const machine = join(folder, 'machine');
  await createSimulation(machine, { now: Date.now() });
  const own = await startOwnPlatform(join(folder, 'platform'), machine);
  closing.push(() => own.stop());
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

/** Accounts, people who come in, and the function on offer. */
export async function invitePeople(stage: Stage, platform: RunningPlatform, admin: Gaiwan): Promise<Cast> {
  const { story, folder, against, closing } = stage;
  // Names are new each time, so that the story can be played again against the same platform.
  const suffix = against ? `-${randomBytes(3).toString('hex')}` : '';
  await admin.login('admin', platform.adminPassword);
  const invite = async (name: string): Promise<Person> => {
    const firstPassword = freshPassword();
    await admin.users.register({ id: name, password: firstPassword, role: 'DataOwner', attribute: name });
    const person = await arrive({
      address: platform,
      id: name,
      firstPassword,
      folder: join(folder, name),
      tell: (found) => tellFound(story, name, platform.trust, found),
    });
    closing.push(() => person.client.close());
    return person;
  };
  const inviteBank = async ({ name, scheme }: (typeof BANKS)[number]): Promise<Bank> =>
    new Bank(await invite(`bank-${name}${suffix}`), name, scheme, listOf(name));
  story.says('operator', 'makes accounts for three banks and an analyst, who then come in one by one.');
  const [alder, birch, cedar] = BANKS;
  const banks = [await inviteBank(alder), await inviteBank(birch), await inviteBank(cedar)] as const;
  const analyst = await invite(`analyst${suffix}`);
  const functionId = await registerJoin(admin);
  story.says('everyone', 'logged in after that, and changed the password at once.');
  story.says('operator', 'offers the function that joins lists.');
  return { admin, banks, analyst, functionId };
}

const registerJoin = (admin: Gaiwan): Promise<string> =>
  admin.functions.register({
    name: 'builtin-private-join-and-compute',
    description: 'What the customers whom all parties have in common owe in total',
    executorType: 'builtin',
    public: true,
    arguments: [{ key: 'num_user', allowOverwrite: true }],
    inputs: BANKS.map((_, index) => ({ name: `input_data${index}` })),
    outputs: BANKS.map((_, index) => ({ name: `output_data${index}` })),
  });

/** The operator, connected to its platform. */
export async function connectOperator({ closing }: Stage, platform: RunningPlatform): Promise<Gaiwan> {
  const admin = await connect(platform);
  closing.push(() => admin.close());
  return admin;
}
