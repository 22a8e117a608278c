/**
 * Hostile people with every right that the API gives to anybody, each against a bank that holds its own key: they use every method on
 * everything of the bank's, learn no byte of its data, and nothing is run on it. What came back of each method is in docs/attacks.md.
 */
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { TaskStatus } from '@gaiwan/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attackBy, type Outcome, type Session } from '../support/hostile/attack.ts';
import { attemptsOn } from '../support/hostile/attempts.ts';
import { asBank, type Bank, bankOn } from '../support/hostile/bank.ts';
import { attacksPage } from '../support/hostile/page.ts';
import { waitingExecutor } from '../support/hostile/waiting.ts';
import { hiddenMethods, publicMethods, Wire } from '../support/hostile/wire.ts';
import { TestPlatform, temporaryFolder } from '../support/platform.ts';

const PAGE = fileURLToPath(new URL('../../docs/attacks.md', import.meta.url));
let platform: TestPlatform;
let settings: string;
let wire: Wire;
let thiefId: string;
beforeAll(async () => {
  settings = temporaryFolder();
  platform = await TestPlatform.start(['--executors', 'javascript', ...waitingExecutor(settings)]);
  wire = new Wire(platform);
  const thief = await platform.user('thief', 'FunctionOwner', '');
  thiefId = await thief.functions.register({
    name: 'thief',
    executorType: 'javascript',
    public: true,
    payload: Buffer.from('export const main = (inputs) => inputs.data.text()'),
    inputs: [{ name: 'data' }, { name: 'more' }],
    outputs: [{ name: 'out' }],
  });
  thief.close();
});
afterAll(async () => {
  await platform.stop();
  rmSync(settings, { recursive: true });
});

async function session(id: string, password?: string): Promise<Session> {
  const client = await platform.connect(id, password);
  try {
    return { id, token: client.token.reveal() };
  } finally {
    client.close();
  }
}

/** What each of them begins with. */
const attackers: Readonly<Record<string, (bank: Bank) => Promise<Session>>> = {
  administrator: () => session('admin'),
  'manager who invited the bank': ({ boss }) => session(boss),
  'owner of the function': ({ lab }) => session(lab),
  'stolen session': async ({ name, client }) => ({
    id: name,
    token: client.token.reveal(),
    subject: (await client.keys.account()).subject,
  }),
  'password that the administrator has reset': async ({ name, client }) => {
    const { subject } = await client.keys.account();
    const admin = await platform.admin();
    const password = (await admin.users.resetPassword(name)).reveal();
    admin.close();
    return { ...(await session(name, password)), subject };
  },
  'name registered again': async ({ name }) => {
    const admin = await platform.admin();
    await admin.users.delete(name);
    const [id, password] = [name, 'evil'];
    await admin.users.register({ id, password, role: 'DataOwnerManager', attribute: `group-${name}` });
    admin.close();
    return session(name, password);
  },
};

/** What somebody is shown by design, and nothing beside it. */
const shown: Readonly<Record<string, Outcome['learnt']>> = {
  // The code of all functions: docs/threat-model.md.
  administrator: { GetFunction: ['code'], GetFunctionCode: ['code'], GetFunctionMaterial: ['code'] },
  'owner of the function': {
    GetFunction: ['code'],
    GetFunctionCode: ['code'],
    GetFunctionMaterial: ['code'],
  },
  // A session lists, and sees what is to be approved: docs/keys.md.
  'stolen session': { GetTask: ['argument'], GetManifest: ['argument'], GetAgreement: ['argument'] },
  'password that the administrator has reset': {
    GetTask: ['argument'],
    GetManifest: ['argument'],
    GetAgreement: ['argument'],
  },
};

const outcomes: Record<string, Outcome> = {};

describe('the bank itself', () => {
  it('is shown every one of its secrets that the platform keeps, so that looking for them finds them', async () => {
    const bank = await bankOn(platform, wire, 'bank');
    const { ended, underWay } = bank.tasks;
    await expect.poll(async () => (await bank.client.tasks.get(underWay)).status).toBe(TaskStatus.Running);
    const asked: readonly [string, Record<string, unknown>, string[]][] = [
      ['GetTask', { taskId: ended }, ['result', 'log', 'argument']],
      ['GetManifest', { taskId: ended }, ['argument']],
      ['GetTaskReport', { taskId: ended }, ['log']],
    ];
    for (const [method, request, secrets] of asked) {
      const { bytes } = await asBank(wire, bank, method, request);
      expect(bank.markers.foundIn(bytes).sort(), method).toEqual(secrets.sort());
    }
    expect(
      bank.markers.foundIn(
        Buffer.from(
          Object.values(bank.secrets)
            .map((one) => Buffer.from(one).toString('base64'))
            .join(' '),
        ),
      ),
    ).toEqual(Object.keys(bank.secrets));
    const authorization = `Bearer ${String(bank.secrets['download capability'])}`;
    expect((await wire.http('GET', bank.downloadPath, { authorization })).code).toBe('HTTP 200');
  });
});

describe.each(Object.entries(attackers))('%s', (name, begin) => {
  let bank: Bank;
  let outcome: Outcome;
  beforeAll(async () => {
    bank = await bankOn(platform, wire, `bank-${Object.keys(attackers).indexOf(name)}`);
    const instance = bank.client.instance ?? '';
    outcome = await attackBy({ wire, bank, session: await begin(bank), thiefId, instance });
    outcomes[name] = outcome;
  });

  afterAll(async () => {
    // It is under way for ever, unless the attack has ended it.
    const admin = await platform.admin();
    await admin.tasks.cancel(bank.tasks.underWay).catch(() => undefined);
    admin.close();
  });

  it('has tried every public method, and learnt nothing of the bank’s', () => {
    expect(outcome.calls).toBeGreaterThan(100);
    expect(
      Object.keys(outcome.codes)
        .filter((method) => !method.includes(' '))
        .sort(),
    ).toEqual([...new Set(publicMethods.map(({ method }) => method.name))].sort());
    expect(outcome.learnt).toEqual(shown[name] ?? {});
  });

  it('has run nothing on it', async () => {
    expect(outcome.ran).toEqual([]);
    const { ended, ...others } = bank.tasks;
    expect((await bank.other.tasks.report(ended)).runs).toHaveLength(1);
    for (const taskId of Object.values(others))
      expect(await bank.other.tasks.report(taskId)).toMatchObject({ runs: [], log: [] });
  });
});

it('each public method has its attempts, on each port that serves it', () => {
  const named = new Set(publicMethods.map(({ method }) => method.name));
  const nothing = { tasks: {}, name: '' } as Bank;
  expect(Object.keys(attemptsOn(nothing, { taskId: '', capability: '', thiefId })).sort()).toEqual(
    [...named].sort(),
  );
});

it('methods of services for workers, services and the other port are served to nobody', async () => {
  const headers = { ...(await session('admin')) };
  const codes = new Set<string>();
  for (const served of hiddenMethods) codes.add((await wire.call(served, headers, {})).code);
  expect(hiddenMethods.length).toBeGreaterThan(80);
  expect([...codes]).toEqual(['unknown-method']);
});

it('what came back is what docs/attacks.md says (vitest -u writes it anew)', async () => {
  await expect(attacksPage(outcomes)).toMatchFileSnapshot(PAGE);
});
