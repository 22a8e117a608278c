/** The key of an account on the command line: what docs/keys.md says, tried. */
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gaiwan } from '../packages/cli/src/testing/run.ts';
import { TestPlatform } from './support/platform.ts';
import { echo } from './support/victim.ts';

const PASSWORD = 'a test password';
let platform: TestPlatform;
let functionId: string;
beforeAll(async () => {
  platform = await TestPlatform.start();
  (await platform.user('alice')).close();
  const admin = await platform.admin();
  functionId = await admin.functions.register(echo);
  admin.close();
});
afterAll(async () => platform.stop());

const at = (name: string) => join(platform.folder, name);

/** `home`: whose machine it is. */
async function run(home: string, args: readonly string[], more: Record<string, string> = {}) {
  const env = { GAIWAN_HOME: at(home), GAIWAN_PASSWORD: PASSWORD, ...more };
  const { code, stdout, stderr } = await gaiwan(args, { env });
  return { code, out: stdout.toString(), err: stderr };
}
const login = (home: string, ...more: readonly string[]) =>
  run(home, [
    'login',
    '--user',
    'alice',
    '--authentication',
    platform.authentication,
    '--frontend',
    platform.frontend,
    '--simulation',
    platform.machine,
    '--policy',
    platform.policy,
    ...more,
  ]);
const shown = async (home: string) =>
  JSON.parse((await run(home, ['keys', 'show', '--json'])).out) as {
    readonly key?: { readonly id: string };
    readonly formerKeys: readonly unknown[];
    readonly file?: string;
  };
const create = () => ['tasks', 'create', '--function', functionId, '--arguments', '{"message":"hi"}'];
const codeIn = (text: string): string => /Recovery code: (\S+)/.exec(text)?.[1] ?? '';
const pems = (home: string) => readdirSync(at(`${home}/keys`)).sort();

let recoveryCode: string;

describe('at the first login', () => {
  it('a key is made that nobody else can read, and its recovery code shown', async () => {
    const first = await login('home');
    expect(first.code).toBe(0);
    recoveryCode = codeIn(first.err);
    expect(recoveryCode).toMatch(/^([0-9A-Z]{4}-){7}[0-9A-Z]{4}$/);
    expect(first.out).not.toContain(recoveryCode);
    const [file, ...others] = pems('home');
    expect(others).toEqual([]);
    expect(file).toMatch(/^localhost.*-alice\.pem$|^127\.0\.0\.1.*-alice\.pem$/);
    expect(statSync(at(`home/keys/${file}`)).mode & 0o777).toBe(0o600);
    expect(statSync(at('home/keys')).mode & 0o777).toBe(0o700);
    expect(readFileSync(at('home/session.json'), 'utf8')).not.toContain('PRIVATE');
  });

  it('at the next one it is taken up, without a word', async () => {
    const next = await login('home');
    expect(next).toMatchObject({ code: 0, err: expect.not.stringContaining('Recovery code') });
    expect(pems('home')).toHaveLength(1);
    expect((await shown('home')).file).toBe(at(`home/keys/${pems('home')[0]}`));
  });
});

it('commands are signed with it, from the task to its result', async () => {
  const made = await run('home', [
    'tasks',
    'create',
    '--function',
    functionId,
    '--arguments',
    '{"message":"hi"}',
  ]);
  expect(made).toMatchObject({ code: 0 });
  const taskId = made.out.trim();
  const manifest = (await run('home', ['tasks', 'manifest', taskId])).out;
  expect(manifest).toMatch(/^participants alice#\S+ \(key:[0-9a-f]{64}\)$/m);
  expect(await run('home', ['tasks', 'invoke', taskId])).toMatchObject({ code: 0 });
  expect((await run('home', ['tasks', 'result', taskId])).out).toBe('hi\n');
});

describe('on a machine without the key', () => {
  it('a login says so, lists, and does nothing', async () => {
    const elsewhere = await login('elsewhere');
    expect(elsewhere.code).toBe(0);
    expect(elsewhere.err).toContain('not on this machine');
    expect(elsewhere.err).toContain('gaiwan keys recover');
    expect((await run('elsewhere', ['tasks', 'list'])).code).toBe(0);
    const refused = await run('elsewhere', create());
    expect(refused.code).not.toBe(0);
    expect(refused.err).toContain('(signature-missing)');
  });

  it('another key is refused, and nobody is logged in', async () => {
    const other = at('other.pem');
    writeFileSync(other, readFileSync(at(`home/keys/${pems('home')[0]}`)), { mode: 0o600 });
    expect((await login('third', '--key', other)).code).toBe(0);
    chmodSync(other, 0o640);
    expect((await login('third', '--key', other)).err).toContain('(bad-key-file)');
    const { makeKeyFile } = await import('@gaiwan/client');
    await makeKeyFile(at('fresh.pem'));
    const refused = await login('fourth', '--key', at('fresh.pem'));
    expect(refused.err).toContain('(other-key)');
    expect((await run('fourth', ['whoami'])).code).not.toBe(0);
  });
});

it('the key is rotated; the next login finds the new one', async () => {
  const before = await shown('home');
  expect(await run('home', ['keys', 'rotate'])).toMatchObject({ code: 0 });
  const after = await shown('home');
  expect(after.key?.id).not.toBe(before.key?.id);
  expect(after.formerKeys).toHaveLength(1);
  expect((await login('home')).code).toBe(0);
  expect((await shown('home')).file).toBe(after.file);
  expect(await run('home', ['keys', 'require'])).toMatchObject({ code: 0 });
  expect((await run('home', ['keys', 'show'])).out).toContain('only with participants that have keys');
  expect(await run('home', ['keys', 'require', '--off'])).toMatchObject({ code: 0 });
});

it('a lost key is replaced with the code, which is replaced as well', async () => {
  const before = await shown('elsewhere');
  const wrong = await run('elsewhere', ['keys', 'recover'], { GAIWAN_RECOVERY_CODE: 'A'.repeat(32) });
  expect(wrong.err).toContain('(recovery-refused)');
  const done = await run('elsewhere', ['keys', 'recover'], { GAIWAN_RECOVERY_CODE: recoveryCode });
  expect(done).toMatchObject({ code: 0 });
  expect(codeIn(done.err)).not.toBe(recoveryCode);
  expect((await shown('elsewhere')).key?.id).not.toBe(before.key?.id);
  expect((await run('elsewhere', create())).code).toBe(0);
  expect((await run('home', create())).err).toContain('(signature-wrong)');
});
