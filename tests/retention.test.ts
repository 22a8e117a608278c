/** What owners delete and operators keep no longer, by the commands that they type. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { gaiwanHere } from '../packages/cli/src/testing/run-here.ts';
import { TestPlatform } from './support/platform.ts';

let platform: TestPlatform;
let echo = '';
let asks = '';
beforeAll(async () => {
  platform = await TestPlatform.start();
  const admin = await platform.admin();
  const echoing = { name: 'builtin-echo', executorType: 'builtin', public: true };
  echo = await admin.functions.register({
    ...echoing,
    arguments: [{ key: 'message', allowOverwrite: true }],
  });
  asks = await admin.functions.register({ ...echoing, inputs: [{ name: 'in' }] });
  for (const id of ['ann', 'ben']) (await platform.user(id)).close();
  admin.close();
});
afterAll(() => platform.stop());

/** At the command line of a user. */
async function at(user: string, ...args: readonly string[]) {
  const home = join(platform.folder, user);
  mkdirSync(home, { recursive: true });
  const secret = join(platform.folder, 'password');
  writeFileSync(secret, 'a test password');
  const env = { GAIWAN_HOME: home, GAIWAN_PASSWORD_FILE: secret };
  const { code, stdout, stderr } = await gaiwanHere(args, { env });
  return { code, out: stdout.toString().trim(), error: stderr };
}
async function done(user: string, ...args: readonly string[]): Promise<string> {
  const { code, out, error } = await at(user, ...args);
  expect([code, error]).toEqual([0, '']);
  return out;
}
async function login(user: string) {
  const { authentication, frontend, machine, policy } = platform;
  const where = ['--authentication', authentication, '--frontend', frontend, '--simulation', machine];
  // It is beside the login of another port, after a restart.
  const keys = join(platform.folder, user, 'keys');
  const key = existsSync(keys) ? readdirSync(keys).flatMap((file) => ['--key', join(keys, file)]) : [];
  expect((await at(user, 'login', ...where, '--policy', policy, '--user', user, ...key)).code).toBe(0);
}
async function upload(user: string): Promise<string> {
  const [file, key] = [join(platform.folder, 'file'), join(platform.folder, 'file.key')];
  writeFileSync(file, 'what nobody else is to have');
  writeFileSync(key, '00'.repeat(32));
  const how = ['--scheme', 'aes-gcm-256', '--key-file', key, '--in', file, '--json'];
  return (JSON.parse(await done(user, 'data', 'upload', ...how)) as { dataId: string }).dataId;
}
async function ended(user: string, message: string): Promise<string> {
  const task = await done(
    user,
    'tasks',
    'create',
    '--function',
    echo,
    '--arguments',
    JSON.stringify({ message }),
  );
  await done(user, 'tasks', 'invoke', task);
  expect(await done(user, 'tasks', 'result', task)).toBe(message);
  return task;
}
const files = () => readdirSync(join(platform.folder, 'data', 'blobs'));

it('an owner deletes data and tasks; a kill right after that leaves nothing behind', async () => {
  await login('ann');
  const data = await upload('ann');
  const task = await done('ann', 'tasks', 'create', '--function', asks, '--input', 'in=ann');
  await done('ann', 'tasks', 'assign', task, '--input', `in=${data}`);
  expect(await at('ann', 'data', 'delete', data)).toMatchObject({
    code: 1,
    error: expect.stringMatching(new RegExp(`${task}, which has not ended.*data-needed`, 's')),
  });
  expect((await at('ann', 'tasks', 'delete', task)).error).toContain('task-open');
  await done('ann', 'tasks', 'cancel', task);
  expect(await done('ann', 'tasks', 'delete', task)).toMatch(/^Deleted\. What it was: SHA-256 [0-9a-f]{64}$/);
  const echoed = await ended('ann', 'hi');
  expect(await done('ann', 'tasks', 'delete', echoed)).toMatch(/^Deleted/);
  expect(files()).toHaveLength(1);
  expect(await done('ann', 'data', 'delete', data)).toMatch(/^Deleted/);
  await platform.kill();
  await platform.boot();
  expect([files(), platform.setAside]).toEqual([[], undefined]);
  await login('ann');
  expect(await done('ann', 'quota', 'show')).toMatch(/^bytes {2}0 of .*\nitems {2}0 of /);
  expect((await at('ann', 'data', 'show', data)).error).toMatch(
    /ann deleted it\. SHA-256 [0-9a-f]{64}.*data-deleted/s,
  );
  expect((await at('ann', 'tasks', 'show', echoed)).error).toContain('task-deleted');
});

it('what belongs to two goes when both have said so', async () => {
  await login('ben');
  const data = await done('ann', 'data', 'fusion', 'ann', 'ben');
  expect(await done('ann', 'data', 'delete', data)).toBe(
    'Noted. It is deleted when they have said so, too: ben.',
  );
  expect(await done('ben', 'data', 'delete', data)).toMatch(/^Deleted/);
});

it('what the operator keeps no longer goes at the next start, and says so', async () => {
  const data = await upload('ann');
  const task = await ended('ann', 'a result');
  await platform.kill('SIGTERM');
  // oxlint-disable-next-line tests/no-sleep -- what is kept for a second is to be older than that when the platform starts and looks
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await platform.boot([
    '--keep',
    'results=1s',
    '--keep',
    'files=1s',
    '--keep',
    'tasks=400d',
    '--keep',
    'audit=400d',
  ]);
  await login('ann');
  expect(await done('ann', 'quota', 'show')).toMatch(
    /^kept for {2}tasks 400d, results 1s, files 1s, audit 400d$/m,
  );
  await expect.poll(files).toEqual([]);
  expect((await at('ann', 'data', 'show', data)).error).toContain('the operator keeps such things no longer');
  const shown = await at('ann', 'tasks', 'result', task);
  expect(shown).toMatchObject({ code: 1, error: expect.stringContaining('result-deleted') });
  expect(await done('ann', 'tasks', 'show', task)).toContain('finished');
  const admin = await platform.admin();
  const found = await admin.auditLogs(`retention AND "${task}"`, 10);
  const digest = /SHA-256 of salt and result is ([0-9a-f]{64})/.exec(shown.error)?.[1] ?? '';
  expect(found.map(({ message }) => message)).toEqual([
    `retention: result deleted, ${task}, sha256 ${digest}`,
  ]);
  admin.close();
});

it('a time that is none is refused before anything starts', async () => {
  for (const keep of ['tasks=0d', 'tasks=soon', 'tasks=-1d', 'functions=1d', 'tasks=1y', 'tasks=']) {
    const { code, error } = await at('ann', 'serve', '--data', join(platform.folder, 'no'), '--keep', keep);
    expect([keep, code]).toEqual([keep, 2]);
    expect(error).toMatch(/no time for which things are kept|not of the form NAME=TIME/);
  }
});
