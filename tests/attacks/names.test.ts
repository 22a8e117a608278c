/** Names that every object has, and names that deceive, through a whole platform and its command line. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Gaiwan } from '@gaiwan/client';
import type { FileKey } from '@gaiwan/files';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { gaiwan } from '../../packages/cli/src/testing/run.ts';
import { gaiwanHere } from '../../packages/cli/src/testing/run-here.ts';
import { TestPlatform } from '../support/platform.ts';

const layers = ['bwrap', 'setpriv', 'prlimit'].every((tool) => spawnSync(tool, ['--version']).status === 0);
const WANTS = 'functions in sandboxes want bubblewrap and util-linux';
const NAMES = ['constructor', 'toString', 'valueOf', 'hasOwnProperty', '__defineGetter__'];
const EVIL = 'a\u001b[2K\u001b]0;x\u0007\r\u009b1m\u202eb';

let platform: TestPlatform;
let admin: Gaiwan;
let bank: Gaiwan;
beforeAll(async () => {
  platform = await TestPlatform.start(['--executors', layers ? 'builtin,javascript' : 'builtin']);
  admin = await platform.admin();
  bank = await platform.user('bank');
});
afterAll(() => platform.stop());

const newKey = (): FileKey => ({ scheme: 'aes-gcm-256', key: randomBytes(32), iv: randomBytes(12) });
const aFunction = { name: 'f', executorType: 'javascript', public: true };

it('A10: slots and arguments may be called like members of every object, and outputs are found again', async ({
  skip,
}) => {
  skip(!layers, WANTS);
  const code = `export function main(inputs, outputs, args) {
    for (const name of Object.keys(inputs)) outputs[name].write(inputs[name].text() + args[name]);
  }`;
  const functionId = await admin.functions.register({
    ...aFunction,
    payload: Buffer.from(code),
    arguments: NAMES.map((key) => ({ key, allowOverwrite: true })),
    inputs: NAMES.map((name) => ({ name })),
    outputs: NAMES.map((name) => ({ name })),
  });
  const path = join(platform.folder, 'plain');
  const slots = <T>(values: readonly T[]) =>
    Object.fromEntries(NAMES.map((name, i) => [name, values[i] as T]));
  const owners = slots(NAMES.map(() => ['bank']));
  const taskId = await bank.tasks.create({
    functionId,
    executor: 'javascript',
    arguments: slots(NAMES.map((name) => ` of ${name}`)),
    inputs: owners,
    outputs: owners,
    repeat: false,
  });
  const [ins, outs]: [string[], string[]] = [[], []];
  const keys = NAMES.map(newKey);
  for (const [i, name] of NAMES.entries()) {
    writeFileSync(path, `text ${i}`);
    ins.push((await bank.data.encryptAndUpload({ path, name, key: newKey() })).dataId);
    outs.push(await bank.data.createOutput({ name, key: keys[i] as FileKey }));
  }
  await bank.tasks.assign(taskId, { inputs: slots(ins), outputs: slots(outs) });
  const { digest } = await bank.tasks.manifest(taskId);
  await bank.tasks.approve(taskId, digest);
  await bank.tasks.invoke(taskId);
  const { tags } = await bank.tasks.result(taskId);
  expect(Object.keys(tags).sort()).toEqual([...NAMES].sort());
  expect(tags['isPrototypeOf']).toBeUndefined();
  for (const [i, name] of NAMES.entries()) {
    expect((await bank.data.getOutput(outs[i] ?? '')).tag).toEqual(tags[name]);
    const to = join(platform.folder, `out-${i}`);
    await bank.data.download(outs[i] ?? '', to, keys[i] as FileKey);
    expect(readFileSync(to, 'utf8')).toBe(`text ${i} of ${name}`);
  }
  expect((await bank.data.list()).items).toHaveLength(2 * NAMES.length);
});

it.each(['arguments', 'inputs', 'outputs'] as const)(
  'A10: __proto__ is no name among the %s',
  async (where) => {
    const named = {
      arguments: { key: '__proto__', allowOverwrite: true },
      inputs: { name: '__proto__' },
      outputs: { name: '__proto__' },
    };
    await expect(admin.functions.register({ ...aFunction, [where]: [named[where]] })).rejects.toMatchObject({
      code: 'bad-slot-name',
    });
  },
);

it.each([
  ['a name', { name: EVIL }, 'bad-function-name'],
  ['a description', { description: `fine\n${EVIL}` }, 'bad-function-name'],
  ['a slot', { inputs: [{ name: EVIL }] }, 'bad-slot-name'],
  ['an argument', { arguments: [{ key: 'a\u202e', allowOverwrite: true }] }, 'bad-slot-name'],
] as const)('A11: %s with what is not seen is refused', async (_what, given, code) => {
  await expect(admin.functions.register({ ...aFunction, ...given })).rejects.toMatchObject({ code });
});

it('A11: a file with such a name is refused', async () => {
  await expect(bank.data.createOutput({ name: `${EVIL}.csv`, key: newKey() })).rejects.toMatchObject({
    code: 'bad-name',
  });
});

it.each([
  ['../bank', 'x', 'bad-user-id'],
  ['-rf', 'x', 'bad-user-id'],
  ['*', 'x', 'bad-user-id'],
  ['Bank', 'x', 'user-looks-alike'],
  ['ann', `banks\0`, 'bad-group'],
  ['ann', 'b\u0430nks', 'bad-group'],
])('B8: the user %j of the group %j is refused', async (id, attribute, code) => {
  const user = { id, password: 'a long password', role: 'DataOwner', attribute };
  await expect(admin.users.register(user)).rejects.toMatchObject({ code });
});

it("A11: a function's words reach no terminal raw", async ({ skip }) => {
  skip(!layers, WANTS);
  const env = { GAIWAN_HOME: join(platform.folder, 'home'), GAIWAN_PASSWORD: 'a test password' };
  mkdirSync(env.GAIWAN_HOME, { recursive: true });
  const cli = (...args: readonly string[]) => gaiwanHere(args, { env });
  const alone = (...args: readonly string[]) => gaiwan(args, { env });
  const { authentication, frontend, machine, policy } = platform;
  const at = ['--authentication', authentication, '--frontend', frontend];
  const trust = ['--simulation', machine, '--policy', policy];
  const evil = JSON.stringify(`${EVIL}\nof two lines`);
  const run = async (code: string) => {
    const functionId = await admin.functions.register({ ...aFunction, payload: Buffer.from(code) });
    const taskId = await admin.tasks.create({ functionId, executor: 'javascript', logs: ['creator'] });
    await admin.tasks.invoke(taskId);
    await admin.tasks.result(taskId).catch(() => undefined);
    return taskId;
  };
  const done = await run(`export const main = () => { console.log(${evil}); return ${evil}; }`);
  const failed = await run(`export const main = () => { throw new Error(${evil}); }`);
  // Last: with it the account gets a key, without which it can only look.
  expect(await cli('login', ...at, ...trust, '--user', 'admin')).toMatchObject({ code: 0 });
  const harmless = /^[\n -~]*$/;
  for (const args of [
    ['result', failed],
    ['report', done],
    ['show', failed],
    ['watch', failed],
    ['result', done, '--json'],
    ['show', failed, '--json'],
  ]) {
    const { stdout, stderr } = await cli('tasks', ...args);
    expect(stdout.toString() + stderr, args.join(' ')).toMatch(harmless);
  }
  expect((await alone('tasks', 'result', done)).stdout.toString()).toBe(
    'a\\u{1b}[2K\\u{1b}]0;x\\u{7}\\u{d}\\u{9b}1m\\u{202e}b\nof two lines\n',
  );
  expect((await alone('tasks', 'result', done, '--raw')).stdout.toString()).toBe(`${EVIL}\nof two lines`);
  expect((await alone('tasks', 'result', failed)).stderr).not.toMatch(/^of two lines/m);
});
