/** The key of an account on the command line: what docs/keys.md says, tried. */
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sshFingerprint } from '@gaiwan/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gaiwan } from '../packages/cli/src/testing/run.ts';
import { gaiwanHere } from '../packages/cli/src/testing/run-here.ts';
import {
  ed25519Key,
  failure,
  honest,
  p256Key,
  TestAgent,
  type TestKey,
} from '../packages/client/src/testing/agent.ts';
import { TestPlatform } from './support/platform.ts';
import { echo } from './support/victim.ts';

const PASSWORD = 'a test password';
let platform: TestPlatform;
let functionId: string;
/** It has an input. */
let withInput: string;
beforeAll(async () => {
  platform = await TestPlatform.start();
  (await platform.user('alice')).close();
  (await platform.user('bob')).close();
  const admin = await platform.admin();
  functionId = await admin.functions.register(echo);
  withInput = await admin.functions.register({ ...echo, inputs: [{ name: 'data' }] });
  admin.close();
});
afterAll(async () => platform.stop());

const at = (name: string) => join(platform.folder, name);

type Environment = Readonly<Record<string, string>>;

/** `home`: whose machine it is. */
async function run(home: string, args: readonly string[], more: Environment = {}, command = gaiwanHere) {
  const env = { GAIWAN_HOME: at(home), GAIWAN_PASSWORD: PASSWORD, ...more };
  const { code, stdout, stderr } = await command(args, { env });
  return { code, out: stdout.toString(), err: stderr };
}
/** In a process of its own, as a person would: once for each thing that a command does with keys. */
const runAlone = (home: string, args: readonly string[], more: Environment = {}) =>
  run(home, args, more, gaiwan);
const loginOf = (user: string, ...more: readonly string[]): readonly string[] => [
  'login',
  '--user',
  user,
  '--authentication',
  platform.authentication,
  '--frontend',
  platform.frontend,
  '--simulation',
  platform.machine,
  '--policy',
  platform.policy,
  ...more,
];
const login = (home: string, ...more: readonly string[]) => run(home, loginOf('alice', ...more));
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
    const first = await runAlone('home', loginOf('alice'));
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
  const made = await runAlone('home', [
    'tasks',
    'create',
    '--function',
    functionId,
    '--arguments',
    '{"message":"hi"}',
  ]);
  expect(made).toMatchObject({ code: 0 });
  const taskId = made.out.trim();
  const manifest = (await runAlone('home', ['tasks', 'manifest', taskId])).out;
  expect(manifest).toMatch(/^participants alice#\S+ \(key:[0-9a-f]{64}\)$/m);
  expect(await runAlone('home', ['tasks', 'invoke', taskId])).toMatchObject({ code: 0 });
  expect((await runAlone('home', ['tasks', 'result', taskId])).out).toBe('hi\n');
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
  expect(await runAlone('home', ['keys', 'rotate'])).toMatchObject({ code: 0 });
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
  const done = await runAlone('elsewhere', ['keys', 'recover'], { GAIWAN_RECOVERY_CODE: recoveryCode });
  expect(done).toMatchObject({ code: 0 });
  expect(codeIn(done.err)).not.toBe(recoveryCode);
  expect((await shown('elsewhere')).key?.id).not.toBe(before.key?.id);
  expect((await run('elsewhere', create())).code).toBe(0);
  expect((await run('home', create())).err).toContain('(signature-wrong)');
});

describe('a key in an agent', () => {
  const [first, second, other] = [ed25519Key('bob@laptop'), p256Key('card'), ed25519Key('other')];
  let agent: TestAgent;
  beforeAll(async () => {
    agent = await TestAgent.start(honest([first]));
  });
  afterAll(async () => agent.stop());
  const has = (...keys: readonly TestKey[]) => {
    agent.answer = honest(keys);
  };
  const bob = (...args: readonly string[]) => run('bob', args, { SSH_AUTH_SOCK: agent.socket });
  const bobAlone = (...args: readonly string[]) => runAlone('bob', args, { SSH_AUTH_SOCK: agent.socket });
  const bobLogin = (...more: readonly string[]) => bob(...loginOf('bob', ...more));
  /** As `keys show` names it. */
  const inAgent = async () =>
    JSON.parse((await bob('keys', 'show', '--json')).out) as {
      readonly key?: { readonly id: string };
      readonly agent?: string;
      readonly file?: string;
    };
  const fingerprint = async (key: TestKey) => {
    const { agentSigner } = await import('@gaiwan/client');
    const one = await TestAgent.start(honest([key]));
    const { publicKey } = await agentSigner({ socket: one.socket });
    await one.stop();
    return sshFingerprint(publicKey);
  };
  let named: string;
  let code: string;

  it('becomes the key of the account at its first login, and is remembered', async () => {
    has(first, other);
    const asked = await bobLogin('--key', 'agent');
    expect(asked.err).toContain('(agent-key-ambiguous)');
    expect(asked.err).toContain('"bob@laptop"');
    expect((await bobLogin('--key', 'agent:')).err).toContain('(usage)');
    has(first);
    const done = await bobAlone(...loginOf('bob', '--key', 'agent'));
    expect(done).toMatchObject({ code: 0 });
    code = codeIn(done.err);
    expect(code).not.toBe('');
    named = await fingerprint(first);
    expect(JSON.parse(readFileSync(at('bob/session.json'), 'utf8'))).toMatchObject({ key: `agent:${named}` });
    expect(await inAgent()).toMatchObject({ agent: named });
    expect((await bob('keys', 'show')).out).toContain(`agent ${named}`);
    expect(existsSync(at('bob/keys'))).toBe(false);
  });

  it('signs from the data to the result', async () => {
    writeFileSync(at('plain.txt'), 'secret of bob');
    writeFileSync(at('bob.key'), 'ab'.repeat(32), { mode: 0o600 });
    const file = ['--scheme', 'aes-gcm-256', '--key-file', at('bob.key'), '--in', at('plain.txt'), '--json'];
    const uploaded = await bobAlone('data', 'upload', ...file);
    expect(uploaded).toMatchObject({ code: 0 });
    const { dataId } = JSON.parse(uploaded.out) as { readonly dataId: string };
    const task = ['--function', withInput, '--arguments', '{"message":"hi"}', '--input', 'data=bob'];
    const made = await bob('tasks', 'create', ...task);
    expect(made).toMatchObject({ code: 0 });
    const taskId = made.out.trim();
    const before = agent.signatures;
    expect(await bob('tasks', 'assign', taskId, '--input', `data=${dataId}`)).toMatchObject({ code: 0 });
    expect(agent.signatures).toBe(before + 1);
    const { digest } = JSON.parse((await bob('tasks', 'manifest', taskId, '--json')).out) as {
      readonly digest: string;
    };
    const approved = await bobAlone('tasks', 'approve', taskId, '--digest', digest, '--require-keys');
    expect(approved).toMatchObject({ code: 0 });
    expect(await bob('tasks', 'invoke', taskId)).toMatchObject({ code: 0 });
    expect((await bob('tasks', 'result', taskId)).out).toBe('hi\n');
  });

  it('is found again at a login that names none, and by --key agent among several', async () => {
    has(other, first);
    expect(await bobLogin()).toMatchObject({
      code: 0,
      err: expect.not.stringContaining('not on this machine'),
    });
    expect(await inAgent()).toMatchObject({ agent: named });
    expect(await bobLogin('--key', 'agent')).toMatchObject({ code: 0 });
    expect(await inAgent()).toMatchObject({ agent: named });
    expect((await bobLogin('--key', 'agent:other')).err).toContain('(other-key)');
    const alone = await run('bob', loginOf('bob'), { SSH_AUTH_SOCK: '/nonexistent/agent' });
    expect(alone).toMatchObject({ code: 0, err: expect.stringContaining('not on this machine') });
    expect(alone.err).toContain('The agent at /nonexistent/agent does not answer');
    has(other);
    expect((await bobLogin()).err).toContain('not on this machine');
    expect((await bob(...create())).err).toContain('(signature-missing)');
    has(first);
    expect(await bobLogin()).toMatchObject({ code: 0 });
  });

  it('that does not sign fails the command by what is wrong with the agent, and nothing is sent', async () => {
    agent.answer = (message) => (message[0] === 11 ? honest([first])(message) : failure);
    expect((await bob(...create())).err).toContain('(agent-refused)');
    // Another key's signatures.
    const impostor = { ...first, privateKey: other.privateKey };
    has(impostor);
    expect((await bob(...create())).err).toContain('(bad-agent)');
    const alone = await run('bob', create());
    expect(alone.err).toContain('(agent-unreachable)');
    expect((await run('bob', ['keys', 'show'])).out).toContain(`agent ${named}`);
    has(first);
  });

  it('is rotated to another one in it, and not by accident to itself or to a file', async () => {
    has(first, second);
    expect((await bob('keys', 'rotate')).err).toContain('(usage)');
    expect((await bob('keys', 'rotate', '--key', 'agent:bob@laptop')).err).toContain('(same-key)');
    expect(await bobAlone('keys', 'rotate', '--key', 'agent:card')).toMatchObject({ code: 0 });
    has(second);
    expect(await inAgent()).toMatchObject({ agent: await fingerprint(second) });
    expect(await bob(...create())).toMatchObject({ code: 0 });
  });

  it('is replaced by one in a file, and back: by rotation, and with the recovery code', async () => {
    const { makeKeyFile } = await import('@gaiwan/client');
    await makeKeyFile(at('bob.pem'));
    expect(await bob('keys', 'rotate', '--key', at('bob.pem'))).toMatchObject({ code: 0 });
    expect(await inAgent()).toMatchObject({ file: at('bob.pem') });
    rmSync(at('bob.pem'));
    has(first);
    const recovery = { SSH_AUTH_SOCK: agent.socket, GAIWAN_RECOVERY_CODE: code };
    expect(await run('bob', ['keys', 'recover', '--key', 'agent'], recovery)).toMatchObject({ code: 0 });
    expect(await inAgent()).toMatchObject({ agent: named });
    expect(await bob(...create())).toMatchObject({ code: 0 });
  });
});
