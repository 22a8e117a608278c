/** Standing agreements as they are typed: approved once by keys, used by a caller, revoked by anybody who takes part. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileSigner, type Gaiwan, makeKeyFile } from '@gaiwan/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gaiwanHere } from '../packages/cli/src/testing/run-here.ts';
import { TestPlatform } from './support/platform.ts';
import { freshKey } from './support/three-banks.ts';

const PASSWORD = 'a test password';
const CODE = `export function main(inputs, outputs, args) {
  return args.greeting + ' ' + inputs.rows.text();
}`;

let platform: TestPlatform;
let analyst: Gaiwan;
let hospital: Gaiwan;
beforeAll(async () => {
  platform = await TestPlatform.start();
  await arrive('vendor', 'FunctionOwner');
  analyst = await arrive('analyst');
  hospital = await arrive('hospital');
  await arrive('outsider');
});
afterAll(() => platform.stop());

const as = (user: string, ...args: string[]) =>
  gaiwanHere(args, {
    env: { GAIWAN_HOME: join(platform.folder, user), GAIWAN_PASSWORD: PASSWORD },
  }).then(({ code, stdout, stderr }) => ({ code, out: stdout.toString().trim(), stderr }));

async function done(user: string, ...args: string[]): Promise<string> {
  const { code, out, stderr } = await as(user, ...args);
  expect(code, stderr).toBe(0);
  return out;
}

async function arrive(user: string, role?: string): Promise<Gaiwan> {
  const client = await platform.user(user, role);
  const key = join(platform.folder, `${user}.pem`);
  await makeKeyFile(key);
  await client.login(user, PASSWORD, { signer: await fileSigner(key) });
  const { machine, policy, authentication, frontend } = platform;
  const where = ['--authentication', authentication, '--frontend', frontend, '--simulation', machine];
  await done(user, 'login', ...where, '--policy', policy, '--user', user, '--key', key);
  return client;
}

const rows = 'rows of the hospital';
let functionId: string;
let data: string;
beforeAll(async () => {
  const code = join(platform.folder, 'code.js');
  writeFileSync(code, CODE);
  const what = ['--name', 'greet', '--executor-type', 'javascript', '--payload', code, '--public'];
  functionId = await done(
    'vendor',
    'functions',
    'register',
    ...what,
    '--input',
    'rows',
    '--argument',
    'greeting',
  );
  const path = join(platform.folder, 'rows');
  writeFileSync(path, rows);
  data = (await hospital.data.encryptAndUpload({ path, name: 'rows', key: freshKey('aes-gcm-256') })).dataId;
});

const create = (greeting: string): Promise<string> =>
  analyst.tasks.create({
    functionId,
    executor: 'javascript',
    arguments: { greeting },
    inputs: { rows: ['hospital'] },
  });

/** One that the hospital has filled, for an agreement of its kind. */
async function filled(): Promise<string> {
  const taskId = await create('hello to');
  await hospital.tasks.assign(taskId, { inputs: { rows: data } });
  return taskId;
}

async function propose(...options: string[]): Promise<string> {
  const until = ['--until', '2100-01-01', '--any-argument', 'greeting'];
  const proposed = await done('analyst', 'agreements', 'propose', await filled(), ...until, ...options);
  expect(proposed).toMatch(/^agreement-/);
  return proposed;
}

async function approve(user: string, agreementId: string): Promise<string> {
  const { digest } = JSON.parse(await done(user, 'agreements', 'show', agreementId, '--json')) as {
    digest: string;
  };
  const { code, stderr } = await as(user, 'agreements', 'approve', agreementId, '--yes', digest);
  expect(code, stderr).toBe(0);
  return stderr;
}

async function standing(...options: string[]): Promise<string> {
  const agreementId = await propose(...options);
  await approve('analyst', agreementId);
  await approve('hospital', agreementId);
  return agreementId;
}

describe('a standing agreement', () => {
  it('has tasks of a kind run without further approvals; the manifest names it', async () => {
    const agreementId = await propose('--uses', '2');
    const early = await create('too early for');
    expect((await as('analyst', 'agreements', 'apply', agreementId, early)).stderr).toContain(
      '(agreement-void)',
    );
    const review = await approve('analyst', agreementId);
    expect(review).toContain('WHOEVER APPROVES IT APPROVES EVERY TASK WITHIN IT');
    expect(review).toContain('arguments    greeting: ANY VALUE');
    await approve('hospital', agreementId);
    expect(await done('hospital', 'agreements', 'list')).toMatch(/stands +0 of 2/);

    // The hospital does nothing any more.
    const taskId = await create('good morning,');
    await done('analyst', 'agreements', 'apply', agreementId, taskId);
    const shown = await done('analyst', 'tasks', 'manifest', taskId);
    expect(shown).toContain('agreement    approved by a standing agreement, SHA-256 ');
    expect(shown).toContain('missing      -');
    await done('analyst', 'tasks', 'invoke', taskId);
    expect(await done('analyst', 'tasks', 'result', taskId)).toBe(`good morning, ${rows}`);
    expect(await done('hospital', 'agreements', 'list')).toMatch(/stands +1 of 2/);
  });

  it('covers nothing else, and says what differs', async () => {
    const agreementId = await standing('--uses', '9');
    const other = (
      await hospital.data.encryptAndUpload({
        path: join(platform.folder, 'rows'),
        name: 'rows',
        key: freshKey('aes-gcm-256'),
      })
    ).dataId;
    const withOther = await create('hello to');
    await hospital.tasks.assign(withOther, { inputs: { rows: other } });
    const refused = await as('analyst', 'agreements', 'apply', agreementId, withOther);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('the input "rows" has other data. (outside-agreement)');
    const twice = await create('hello to');
    await analyst.tasks.setOptions(twice, { limits: { timeMs: 3_600_000 } });
    expect((await as('analyst', 'agreements', 'apply', agreementId, twice)).stderr).toContain(
      'the limit timeMs is higher',
    );
    expect((await as('outsider', 'agreements', 'show', agreementId)).stderr).toContain(
      'agreement-participants-only',
    );
    const own = await hospital.tasks.create({
      functionId,
      executor: 'javascript',
      arguments: { greeting: 'x' },
      inputs: { rows: ['hospital'] },
    });
    expect((await as('hospital', 'agreements', 'apply', agreementId, own)).stderr).toContain(
      'its creator is no caller',
    );
  });

  it('is used up, and is revoked at once', async () => {
    const agreementId = await standing('--uses', '1');
    const [first, second, third] = [await create('one'), await create('two'), await create('three')];
    for (const taskId of [first, second]) await done('analyst', 'agreements', 'apply', agreementId, taskId);
    await done('analyst', 'tasks', 'invoke', first);
    expect((await as('analyst', 'tasks', 'invoke', second)).stderr).toContain('the 1 uses of');
    const other = await standing('--uses', '5');
    await done('analyst', 'agreements', 'apply', other, third);
    await done('hospital', 'agreements', 'revoke', other);
    const { code, stderr } = await as('analyst', 'tasks', 'invoke', third);
    expect(code).toBe(1);
    expect(stderr).toContain(`hospital has revoked ${other}`);
    expect(await done('analyst', 'agreements', 'list')).toMatch(/revoked +0 of 5/);
    expect(await done('analyst', 'agreements', 'show', other)).toContain('REVOKED      by hospital at ');
  });

  it('asks for what it needs', async () => {
    const task = await filled();
    const propose = ['agreements', 'propose', task, '--until', '2100-01-01'];
    for (const args of [[...propose], ['agreements', 'propose', task, '--uses', '1', '--until', 'soon']])
      expect(await as('analyst', ...args)).toMatchObject({ code: 2 });
    const past = ['agreements', 'propose', task, '--uses', '1', '--until', '2020-01-01'];
    expect((await as('analyst', ...past)).stderr).toContain('It ends before it begins. (bad-agreement)');
    const unknown = [...propose, '--uses', '1', '--any-argument', 'nothing'];
    expect((await as('analyst', ...unknown)).stderr).toContain('the task has no argument "nothing"');
  });
});
