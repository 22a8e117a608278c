/** A1, A2: whoever sets the password of an account that holds a key, and has every right of the API, against that account's data. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileSigner, type Gaiwan, makeKeyFile, type Signer, TaskStatus } from '@gaiwan/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestPlatform } from '../support/platform.ts';
import { freshKey } from '../support/three-banks.ts';
import { echo, SECRET } from '../support/victim.ts';

const PASSWORD = 'a test password';
let platform: TestPlatform;
let admin: Gaiwan;
let bank: Gaiwan;
let signer: Signer;
let recoveryCode: string;
let ids: {
  readonly functionId: string;
  readonly ended: string;
  readonly open: string;
  readonly inputId: string;
  readonly outputId: string;
};

const keyIn = async (name: string): Promise<Signer> => {
  const path = join(platform.folder, name);
  await makeKeyFile(path);
  return fileSigner(path);
};

beforeAll(async () => {
  platform = await TestPlatform.start();
  admin = await platform.admin();
  await admin.users.register({ id: 'bank', password: PASSWORD, role: 'DataOwner', attribute: 'banks' });
  signer = await keyIn('bank.pem');
  bank = await platform.connect();
  const login = await bank.login('bank', PASSWORD, { signer });
  recoveryCode = login.recoveryCode?.reveal() ?? '';
  const functionId = await admin.functions.register({ ...echo, inputs: [{ name: 'data' }] });
  const path = join(platform.folder, 'plain.txt');
  writeFileSync(path, 'bank secret data');
  const { dataId: inputId } = await bank.data.encryptAndUpload({
    path,
    name: 'plain.enc',
    key: freshKey('aes-gcm-256'),
  });
  const outputId = await bank.data.createOutput({ name: 'out.enc', key: freshKey('aes-gcm-256') });
  const make = async () => {
    const taskId = await bank.tasks.create({
      functionId,
      executor: 'builtin',
      arguments: { message: SECRET },
      inputs: { data: ['bank'] },
      logs: ['creator'],
    });
    await bank.tasks.assign(taskId, { inputs: { data: inputId } });
    return taskId;
  };
  const ended = await make();
  // The only participant: its approval is signed all the same.
  await bank.tasks.invoke(ended);
  await bank.tasks.result(ended);
  ids = { functionId, ended, open: await make(), inputId, outputId };
});
afterAll(async () => platform.stop());

it('its holder acts, and sees its result', async () => {
  expect(Buffer.from((await bank.tasks.result(ids.ended)).returnValue).toString()).toBe(SECRET);
  const { manifest } = await bank.tasks.manifest(ids.ended);
  const { key, subject } = await bank.keys.account();
  expect(manifest.participants).toEqual([{ subject, authority: `key:${key?.id}` }]);
});

describe.each(['reset', 'set'] as const)('A1, A2: the administrator, once the password is %s,', (how) => {
  let thief: Gaiwan;
  beforeAll(async () => {
    const password = how === 'reset' ? (await admin.users.resetPassword('bank')).reveal() : 'evil password';
    if (how === 'set')
      await admin.users.update({ id: 'bank', password, role: 'DataOwner', attribute: 'banks' });
    thief = await platform.connect('bank', password);
  });

  it('does nothing in its name', async () => {
    const { functionId, ended, open, inputId, outputId } = ids;
    const file = join(platform.folder, `stolen-${how}`);
    const digest = (await bank.tasks.manifest(open).catch(() => thief.tasks.manifest(open))).digest;
    const own = await keyIn(`thief-${how}.pem`);
    const attempts: Record<string, () => Promise<unknown>> = {
      download: () => thief.data.createDownload(inputId),
      'download of an output': () => thief.data.download(outputId, file, freshKey('aes-gcm-256')),
      result: () => thief.tasks.result(ended),
      report: () => thief.tasks.report(ended),
      assign: () => thief.tasks.assign(open, { inputs: { data: inputId } }),
      replace: () => thief.tasks.replaceData(open, { inputs: { data: inputId } }),
      options: () => thief.tasks.setOptions(open, { logs: ['function-owner'] }),
      approve: () => thief.tasks.approve(open, digest),
      invoke: () => thief.tasks.invoke(open),
      cancel: () => thief.tasks.cancel(open),
      create: () => thief.tasks.create({ functionId, executor: 'builtin', arguments: { message: 'x' } }),
      fusion: () => thief.data.fusion(['bank', 'admin']),
      'own output': () => thief.data.createOutput({ name: 'x.enc', key: freshKey('aes-gcm-256') }),
      password: () => thief.users.changePassword('evil password'),
      preferences: () => thief.keys.setPreferences({ requireKeys: false }),
      register: () => thief.keys.register(own),
      rotate: () => thief.keys.rotate(own),
      recover: () => thief.keys.recover(own, 'A'.repeat(32)),
    };
    const codes: Record<string, unknown> = {};
    for (const [name, attempt] of Object.entries(attempts))
      codes[name] = await attempt().then(
        (answer) => answer ?? 'done',
        (error: unknown) => (error as { code: string }).code,
      );
    const missing = Object.fromEntries(Object.keys(attempts).map((name) => [name, 'signature-missing']));
    expect(codes).toEqual({ ...missing, register: 'key-exists', recover: 'recovery-refused' });
  });

  it('sees what a session sees, and no result, no log, no data', async () => {
    const task = await thief.tasks.get(ids.ended);
    expect(task).toMatchObject({ status: TaskStatus.Finished, outcome: undefined });
    const seen: unknown[] = [task];
    for await (const state of thief.tasks.watch(ids.ended)) seen.push(state);
    expect(JSON.stringify(seen.map((one) => ({ ...(one as object), arguments: '' })))).not.toContain(SECRET);
    expect((await bank.keys.account().catch(() => thief.keys.account())).key?.id).toBeDefined();
  });

  it('has not begun what waits', async () => {
    expect((await thief.tasks.get(ids.open)).status).toBe(TaskStatus.DataAssigned);
  });
});

it('the holder goes on with its key under the new password, and recovers with its code when the key is lost', async () => {
  const password = (await admin.users.resetPassword('bank')).reveal();
  await bank.login('bank', password, { signer });
  expect(Buffer.from((await bank.tasks.result(ids.ended)).returnValue).toString()).toBe(SECRET);
  const other = await platform.connect();
  const next = await keyIn('next.pem');
  await expect(other.login('bank', password, { signer: next })).rejects.toMatchObject({ code: 'other-key' });
  await other.login('bank', password);
  expect((await other.keys.recover(next, recoveryCode)).reveal()).not.toBe(recoveryCode);
  expect(Buffer.from((await other.tasks.result(ids.ended)).returnValue).toString()).toBe(SECRET);
  // The old key is nobody's.
  await expect(bank.tasks.invoke(ids.open)).rejects.toMatchObject({ code: 'signature-wrong' });
  await other.tasks.invoke(ids.open);
  await other.tasks.result(ids.open);
  other.close();
});

it('a participant that wants keys takes no part with a password', async () => {
  const password = (await admin.users.resetPassword('bank')).reveal();
  const holder = await platform.connect();
  await holder.login('bank', password, { signer: await fileSigner(join(platform.folder, 'next.pem')) });
  const analyst = await platform.user('analyst');
  const taskId = await analyst.tasks.create({
    functionId: ids.functionId,
    executor: 'builtin',
    arguments: { message: 'x' },
    inputs: { data: ['bank'] },
  });
  await holder.tasks.assign(taskId, { inputs: { data: ids.inputId } });
  const { digest } = await holder.tasks.manifest(taskId);
  const refused = { code: 'keys-required', subjects: ['analyst'] };
  await expect(holder.tasks.approve(taskId, digest, { requireKeys: true })).rejects.toMatchObject(refused);
  await holder.tasks.approve(taskId, digest);
  await analyst.tasks.approve(taskId, digest);
  await holder.keys.setPreferences({ requireKeys: true });
  await expect(analyst.tasks.invoke(taskId)).rejects.toMatchObject(refused);
  // Once the analyst has a key, the manifest is another, and everybody approves that.
  const key = await keyIn('analyst.pem');
  await analyst.login('analyst', PASSWORD, { signer: key });
  await expect(analyst.tasks.invoke(taskId)).rejects.toMatchObject({ code: 'approvals-missing' });
  const anew = (await analyst.tasks.manifest(taskId)).digest;
  expect(Buffer.from(anew)).not.toEqual(Buffer.from(digest));
  for (const one of [holder, analyst]) await one.tasks.approve(taskId, anew);
  await analyst.tasks.invoke(taskId);
  await analyst.tasks.result(taskId);
});
