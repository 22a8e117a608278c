/** What somebody who is asked to approve a task reads of its code, as it is typed. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileSigner, type Gaiwan, makeKeyFile, type NewFunction } from '@gaiwan/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gaiwanHere } from '../packages/cli/src/testing/run-here.ts';
import { zip } from '../packages/executors/src/testing/zip.ts';
import { NO_WORKER, TestPlatform } from './support/platform.ts';
import { freshKey } from './support/three-banks.ts';

const PASSWORD = 'a test password';
const MAIN = 'import numpy, helper\ndef main(inputs, outputs, args):\n    return helper.average(inputs)\n';
const HELPER = 'from statistics import mean\ndef average(inputs):\n    return mean([1, 2])\n';
const WHEEL = zip({
  'greeter/__init__.py': 'x = 1\n',
  'greeter-1.0.dist-info/METADATA':
    'Metadata-Version: 2.1\nName: greeter\nVersion: 1.0\nLicense: MIT\n\nwords\n',
});
const packed = (helper = HELPER) =>
  zip({ 'main.py': MAIN, 'helper.py': helper, 'wheels/greeter-1.0-py3-none-any.whl': WHEEL });

let platform: TestPlatform;
let vendor: Gaiwan;
let analyst: Gaiwan;
let hospital: Gaiwan;
let outsider: Gaiwan;
beforeAll(async () => {
  platform = await TestPlatform.start([...NO_WORKER]);
  vendor = await arrive('vendor', 'FunctionOwner');
  analyst = await arrive('analyst');
  hospital = await arrive('hospital');
  outsider = await arrive('outsider');
});
afterAll(() => platform.stop());

const as = (user: string, ...args: string[]) =>
  gaiwanHere(args, {
    env: { GAIWAN_HOME: join(platform.folder, user), GAIWAN_PASSWORD: PASSWORD },
  }).then(({ code, stdout, stderr }) => ({ code, out: stdout.toString(), stderr }));

/** By the SDK and by the command line, with one key. */
async function arrive(user: string, role?: string): Promise<Gaiwan> {
  const client = await platform.user(user, role);
  const key = join(platform.folder, `${user}.pem`);
  await makeKeyFile(key);
  await client.login(user, PASSWORD, { signer: await fileSigner(key) });
  const { machine, policy, authentication, frontend } = platform;
  const where = [
    '--authentication',
    authentication,
    '--frontend',
    frontend,
    '--simulation',
    machine,
    '--policy',
    policy,
  ];
  const { code, stderr } = await as(user, 'login', ...where, '--user', user, '--key', key);
  expect(code, stderr).toBe(0);
  return client;
}

const average = (more: Partial<NewFunction> = {}): NewFunction => ({
  name: 'average',
  executorType: 'python',
  payload: packed(),
  userAllowlist: ['analyst'],
  inputs: [{ name: 'rows' }],
  ...more,
});

/** A task of the function in which the hospital's data is. */
async function taskOf(functionId: string): Promise<string> {
  const inputs = { rows: ['hospital'] };
  const taskId = await analyst.tasks.create({ functionId, executor: 'python', inputs });
  const path = join(platform.folder, 'rows');
  writeFileSync(path, '1\n');
  const { dataId } = await hospital.data.encryptAndUpload({
    path,
    name: 'rows',
    key: freshKey('aes-gcm-256'),
  });
  await hospital.tasks.assign(taskId, { inputs: { rows: dataId } });
  return taskId;
}

const digestOf = async (taskId: string) =>
  Buffer.from((await hospital.tasks.manifest(taskId)).digest).toString('hex');

describe('the code of a task', () => {
  it('is read by its participants before they approve, and by nobody else', async () => {
    const functionId = await vendor.functions.register(average());
    const taskId = await taskOf(functionId);
    const { code, out, stderr } = await as('hospital', 'functions', 'code', taskId);
    expect(code, stderr).toBe(0);
    for (const part of [MAIN, HELPER, '"main.py"', '(no text: write it to a folder with --out)'])
      expect(out).toContain(part);
    const { manifest } = await hospital.tasks.manifest(taskId);
    expect(out).toContain(`version ${manifest.function.version}`);

    const refused = await as('outsider', 'functions', 'code', taskId);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain('task-participants-only');
    await expect(outsider.tasks.code(taskId)).rejects.toMatchObject({ policyId: 'task-participants-only' });
    await expect(outsider.functions.code(functionId)).rejects.toMatchObject({ policyId: 'deny-by-default' });
    const session = await platform.connect('hospital');
    expect(await session.tasks.code(taskId)).toMatchObject({
      access: 'signature missing',
      payload: undefined,
    });
    session.close();
    // Whoever may only use it takes part first.
    expect(await analyst.functions.code(functionId)).toMatchObject({
      access: 'for participants',
      payload: undefined,
    });
    expect(await analyst.tasks.code(taskId)).toMatchObject({ access: 'shown' });
  });

  it('is written into a new folder, and overwrites nothing', async () => {
    const taskId = await taskOf(await vendor.functions.register(average()));
    const out = join(platform.folder, 'reviewed');
    expect(await as('hospital', 'functions', 'code', taskId, '--out', out)).toMatchObject({ code: 0 });
    expect(readFileSync(join(out, 'files/helper.py'), 'utf8')).toBe(HELPER);
    expect(readFileSync(join(out, 'payload')).equals(packed())).toBe(true);
    const again = await as('hospital', 'functions', 'code', taskId, '--out', out);
    expect(again).toMatchObject({ code: 5 });
    expect(again.stderr).toContain('is there already, and nothing is overwritten');
  });

  it('that its owner hides is "hidden by its owner" everywhere, and can be refused always', async () => {
    const args = ['--name', 'secret', '--executor-type', 'python', '--allow', 'analyst', '--input', 'rows'];
    const file = join(platform.folder, 'secret.py');
    writeFileSync(file, 'def main(inputs, outputs, args): return 1\n');
    const { out: id, stderr } = await as(
      'vendor',
      'functions',
      'register',
      ...args,
      '--payload',
      file,
      '--hide-code',
    );
    const functionId = id.trim();
    expect(functionId, stderr).toMatch(/^function-/);
    const taskId = await taskOf(functionId);
    const read = await as('hospital', 'functions', 'code', taskId);
    expect(read.stderr).toContain('The code is hidden by its owner.');
    expect((await as('hospital', 'tasks', 'show', taskId)).out).toContain('code         hidden by its owner');
    expect((await as('vendor', 'functions', 'show', functionId)).out).toContain('42 bytes of code');
    const show = (await as('analyst', 'functions', 'show', functionId)).out;
    expect(show).toContain('code hidden by its owner');
    expect(show).not.toContain('0 bytes');
    expect(await analyst.functions.code(functionId)).toMatchObject({ access: 'hidden', payload: undefined });
    // Its owner reads it.
    expect((await as('vendor', 'functions', 'code', taskId)).out).toContain('def main');

    const digest = await digestOf(taskId);
    const approve = ['tasks', 'approve', taskId, '--digest', digest];
    const once = await as('hospital', ...approve, '--refuse-hidden');
    expect(once.code).not.toBe(0);
    expect(once.stderr).toContain('Not approved: the code is hidden by its owner');
    await as('hospital', 'functions', 'refuse-hidden');
    expect((await as('hospital', ...approve)).stderr).toContain('Not approved: the code is hidden');
    expect((await hospital.tasks.manifest(taskId)).approvedUsers).toEqual([]);
    await as('hospital', 'functions', 'refuse-hidden', '--off');
    expect(await as('hospital', ...approve)).toMatchObject({ code: 0 });
  });

  it('is shown in review with its imports, its wheels, and what has changed since the last approval', async () => {
    const functionId = await vendor.functions.register(average());
    const first = await taskOf(functionId);
    const approved = await as('hospital', 'tasks', 'approve', first, '--digest', await digestOf(first));
    expect(approved.code, approved.stderr).toBe(0);
    for (const line of [
      'imports      helper, numpy, statistics',
      'greeter 1.0, licence MIT, SHA-256 ',
      'you have approved no version of this function from here before',
      'no network',
    ])
      expect(approved.stderr).toContain(line);

    const same = await as('hospital', 'tasks', 'show', await taskOf(functionId));
    expect(same.out).toContain(`none: you approved this version for ${first}`);

    await vendor.functions.update(
      functionId,
      average({ payload: packed(HELPER.replace('[1, 2]', '[1, 3]')) }),
    );
    const second = await taskOf(functionId);
    const shown = await as('hospital', 'tasks', 'show', second);
    expect(shown.out).toContain(`ANOTHER VERSION than you approved last, for ${first}`);
    expect(shown.out).toContain('helper.py: changed, +1 -1 lines');
    const diff = await as('hospital', 'functions', 'diff', second);
    expect(diff.out).toContain('-     return mean([1, 2])\n+     return mean([1, 3])');
    expect((await as('hospital', 'functions', 'diff', first)).out).toContain('The same: version ');
    const versions = await as('vendor', 'functions', 'versions', functionId);
    expect(versions.out.trim().split('\n')).toHaveLength(3);
    // The older task runs the older version still, and shows it.
    expect((await as('hospital', 'functions', 'code', first)).out).toContain('[1, 2]');
  });

  it('of a folder has the hash that its registration has', async () => {
    const folder = join(platform.folder, 'average');
    mkdirSync(folder);
    expect(existsSync(folder)).toBe(true);
    const project = {
      name: 'sum',
      description: 'Adds',
      executorType: 'javascript',
      executor: 'javascript',
      code: 'main.js',
      arguments: ['n'],
      fixed: { mode: 'fast' },
      inputs: ['rows', { name: 'more', optional: true }],
    };
    writeFileSync(join(folder, 'gaiwan-function.json'), JSON.stringify(project));
    writeFileSync(join(folder, 'main.js'), 'export function main() { return 1; }\n');
    const hash = (await as('vendor', 'functions', 'hash', folder)).out.trim();
    const { out: id } = await as(
      'vendor',
      'functions',
      'register',
      '--project',
      folder,
      '--allow',
      'analyst',
    );
    expect((await vendor.functions.code(id.trim())).version).toBe(hash);
    expect((await as('vendor', 'functions', 'diff', folder, id.trim())).out).toContain('The same: version ');
  });
});
