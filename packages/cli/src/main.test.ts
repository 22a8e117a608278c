import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gaiwan } from './testing/run.ts';
import { gaiwanHere } from './testing/run-here.ts';

const run = (args: string, env: Record<string, string> = {}) => gaiwan(args.split(' '), { env });
const runHere = (args: string) => gaiwanHere(args.split(' '));
const TRUST = { policy: { measurements: [{ mrTd: 'ab' }] } };

describe('help', () => {
  it('names every command and every exit code', async () => {
    const { code, stdout } = await run('--help');
    expect(code).toBe(0);
    const commands = [
      'serve',
      'demo',
      'login',
      'logout',
      'whoami',
      'users',
      'functions',
      'function',
      'data',
      'tasks',
      'encrypt',
      'decrypt',
    ];
    for (const command of commands) expect(stdout.toString()).toMatch(new RegExp(`^  ${command} `, 'm'));
    expect(stdout.toString()).toContain('Exit codes:');
  });

  it.each([
    'tasks approve',
    'data upload',
    'users add',
    'functions register',
    'function new',
    'function test',
    'serve',
    'encrypt',
  ])('of %s has an example', async (command) => {
    const { code, stdout } = await runHere(`${command} --help`);
    expect(code).toBe(0);
    expect(stdout.toString()).toContain(`gaiwan ${command}`);
    expect(stdout.toString()).toContain('Examples:');
  });

  it('takes no password as an option', async () => {
    for (const command of ['login', 'users add', 'users passwd', 'serve', 'demo three-banks']) {
      const { stdout } = await runHere(`${command} --help`);
      expect(stdout.toString()).not.toMatch(/--(admin-)?password[ =\]]/);
    }
  });
});

describe('exit codes', () => {
  it.each([
    ['an unknown command', 'brew', 2],
    ['an unknown option', 'tasks list --frobnicate', 2],
    ['a missing argument', 'tasks show', 2],
    ['a port that is none', 'serve --data /tmp/x --auth-port 99999', 2],
    ['nobody logged in', 'tasks list', 4],
    ['nobody logged in, again', 'whoami', 4],
    ['nobody to trust', 'login --user alice', 2],
    ['no password', 'login --user alice --policy package.json', 2],
    ['auditors of nothing', 'login --user alice --policy package.json --auditor a.pub', 2],
    ['an enclave info without auditors', 'login --user alice --enclave-info package.json', 2],
    ['a platform on nothing', 'serve --data /tmp/gaiwan-no-tee --tee simulation', 2],
    ['an address that is none', 'attest --address localhost', 2],
    ['a service that is not there', 'attest --address 127.0.0.1:1', 3],
    ['a policy that is not there', 'login --user alice --policy /nonexistent/x.json', 5],
    [
      'a machine that is not there',
      'login --user alice --policy package.json --simulation /nonexistent/x',
      5,
    ],
    ['a demo with nobody to trust', 'demo three-banks --against https://localhost:1', 2],
  ])('%s', async (_what, args, code) => {
    // What stays up opens the machine, and prepares its own process for that.
    const ended = await (args.startsWith('serve') ? run : runHere)(args);
    expect(ended.code, ended.stderr).toBe(code);
    expect(ended.stderr).not.toBe('');
    expect(ended.stderr).not.toMatch(/^\s+at /m);
  });

  it('of a platform that is not there', async () => {
    const env = { GAIWAN_PASSWORD: 'x' };
    const policy = fileURLToPath(new URL('testing/policy.json', import.meta.url));
    const where = '--authentication https://127.0.0.1:1 --frontend https://127.0.0.1:1';
    const ended = await run(`login --user alice ${where} --policy ${policy} --json`, env);
    expect(ended.code).toBe(3);
    expect(JSON.parse(ended.stderr)).toMatchObject({ error: { code: 'cannot-connect' } });
  });
});

describe('the session', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'gaiwan-cli-test-'));
  });
  afterEach(() => rmSync(home, { recursive: true }));

  it('is private, and logging out forgets the token but not the platform', async () => {
    const path = join(home, 'session.json');
    const place = { authentication: 'https://a:1', frontend: 'https://a:2', trust: TRUST };
    writeFileSync(path, JSON.stringify({ ...place, id: 'alice', token: 'xyzzy' }), { mode: 0o644 });
    expect((await run('logout', { GAIWAN_HOME: home })).code).toBe(0);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(place);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect((await run('whoami', { GAIWAN_HOME: home })).code).toBe(4);
  });

  it('that is damaged is said to be', async () => {
    writeFileSync(join(home, 'session.json'), '{');
    const ended = await run('whoami', { GAIWAN_HOME: home });
    expect(ended).toMatchObject({ code: 5, stderr: expect.stringContaining('log in again') });
  });
});
