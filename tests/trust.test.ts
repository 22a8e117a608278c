/** Trust in a name: what an operator publishes, what a person keeps of it, and what an upgrade says before it is taken. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gaiwan } from '../packages/cli/src/testing/run.ts';
import { gaiwanHere } from '../packages/cli/src/testing/run-here.ts';
import { NO_WORKER, TestPlatform, temporaryFolder } from './support/platform.ts';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
let platform: TestPlatform;
beforeAll(async () => {
  platform = await TestPlatform.start(NO_WORKER);
  (await platform.user('ann')).close();
  for (const name of ['anna', 'bert', 'mallory']) {
    execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519', '-out', at(`${name}.key`)], {
      stdio: 'ignore',
    });
    execFileSync('openssl', ['pkey', '-in', at(`${name}.key`), '-pubout', '-out', at(`${name}.pub`)]);
  }
});
afterAll(async () => platform.stop());

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

async function run(who: string, args: readonly string[], answer?: string): Promise<Ran> {
  const env = { GAIWAN_HOME: at(`home-${who}`), GAIWAN_PASSWORD: 'a test password' };
  const { code, stdout, stderr } = await gaiwanHere(args, { env, ...(answer !== undefined && { answer }) });
  return { code, out: stdout.toString(), err: stderr };
}
async function ok(who: string, args: readonly string[], answer?: string): Promise<string> {
  const { code, out, err } = await run(who, args, answer);
  expect(code, `${args.join(' ')}\n${err}`).toBe(0);
  return out + err;
}
const codeOf = ({ err }: Ran) => /\(([a-z-]+)(?:, policy [\w-]+)?\)\n*$/.exec(err)?.[1];

/** As the operator makes it: the options of serve, and where the platform is. */
async function bundle(name: string, serial: number, more: readonly string[] = []): Promise<string> {
  const path = at(`${name}.json`);
  const where = ['--authentication', platform.authentication, '--frontend', platform.frontend];
  const called = ['--name', 'tea-house', '--serial', `${serial}`];
  const machine = ['--instance', platform.instance, '--simulation', platform.machine];
  const auditors = ['--auditor', at('anna.pub'), '--auditor', at('bert.pub'), '--needed', '2'];
  const options = [...called, ...where, ...machine, ...auditors, ...more];
  // What is measured is the bundle of `gaiwan`.
  const made = await gaiwan(['trust', 'bundle', path, ...options]);
  expect(made.code, made.stderr).toBe(0);
  return path;
}
const sign = async (path: string, ...auditors: readonly string[]) => {
  for (const auditor of auditors) await ok('auditor', ['trust', 'sign', path, '--key', at(`${auditor}.key`)]);
};
const digestIn = (text: string) => /\b[0-9a-f]{64}\b/.exec(text)?.[0] ?? '';

describe('a trust bundle', () => {
  it('is added once, by its fingerprint, and then a name is enough to log in', async () => {
    const path = await bundle('first', 1);
    const refused = await run('ann', ['trust', 'add', path], 'no');
    expect([refused.code, codeOf(refused)]).toEqual([1, 'refused']);
    expect(await ok('ann', ['trust', 'list'])).not.toContain('tea-house');
    const shown = await ok('ann', ['trust', 'add', path], 'yes');
    expect(shown).toContain('SIMULATION');
    expect(shown).toMatch(/fingerprint +[0-9a-f]{64}/);
    expect(shown).toContain('Nobody whom you trusted before vouches for it: you do');
    expect(await ok('ann', ['trust', 'list'])).toMatch(/^tea-house +1 +/m);
    expect(await ok('ann', ['trust', 'show', 'tea-house'])).toContain(platform.frontend);
    expect(await ok('ann', ['login', '--trust', 'tea-house', '--user', 'ann'])).toContain('Logged in as ann');
    // Once more: the user is enough.
    await ok('ann', ['login', '--user', 'ann']);
    expect(await ok('ann', ['whoami'])).toContain('(SIMULATION)');
    await ok('ann', ['data', 'list']);
  });

  it('is not taken without a terminal, but for its exact digest', async () => {
    const path = at('first.json');
    const nobody = await run('bob', ['trust', 'add', path]);
    expect([nobody.code, codeOf(nobody)]).toEqual([2, 'usage']);
    const digest = digestIn(await ok('ann', ['trust', 'show', 'tea-house']));
    const wrong = await run('bob', ['trust', 'add', path, '--yes', '0'.repeat(64)]);
    expect(codeOf(wrong)).toBe('bundle-refused');
    await ok('bob', ['trust', 'add', path, '--name', 'mine', '--yes', digest]);
    await ok('bob', ['login', '--trust', 'mine', '--user', 'ann']);
    // Who takes the trust away has ended what rests on it.
    await ok('bob', ['trust', 'remove', 'mine']);
    const gone = await run('bob', ['data', 'list']);
    expect(codeOf(gone)).toBe('unknown-name');
  });

  it('of which a byte was changed is another one, and what is none is refused', async () => {
    const text = readFileSync(at('first.json'), 'utf8');
    writeFileSync(at('moved.json'), text.replaceAll('https://localhost', 'https://elsewhere'));
    const digest = digestIn(await ok('ann', ['trust', 'show', 'tea-house']));
    expect(codeOf(await run('eve', ['trust', 'add', at('moved.json'), '--yes', digest]))).toBe(
      'bundle-refused',
    );
    // What it describes must be what its registers say.
    writeFileSync(at('lied.json'), text.replace(/\\"allowUrls\\":\[\]/, '\\"allowUrls\\":[\\"https://a\\"]'));
    expect(codeOf(await run('eve', ['trust', 'add', at('lied.json')], 'yes'))).toBe('bad-bundle');
    writeFileSync(at('short.json'), text.slice(0, -100));
    expect(codeOf(await run('eve', ['trust', 'add', at('short.json')], 'yes'))).toBe('bad-bundle');
  });
});

describe('an upgrade', () => {
  const upgraded = ['--allow-url', 'https://files.example', '--limit', 'time=77'];

  it('is refused until its bundle is added, which says what changed, and who signed it', async () => {
    await platform.kill('SIGTERM');
    const next = at('next-policy.json');
    writeFileSync(next, (await gaiwan(['measure', '--policy', ...upgraded])).stdout);
    const data = [
      '--data',
      join(platform.folder, 'data'),
      '--tee',
      'simulation',
      '--simulation',
      platform.machine,
    ];
    // The folder stays closed to the other options, by their names.
    await expect(platform.boot(upgraded)).rejects.toThrow(
      /--allow-url: adds https:\/\/files\.example; --limit time: \d+ s before, 77 s now/,
    );
    const handed = await gaiwan(['reseal', ...data, '--next-policy', next]);
    expect(handed.code, handed.stderr).toBe(0);
    await platform.boot(upgraded);
    const { authentication, frontend } = platform;
    const where = ['--authentication', authentication, '--frontend', frontend];
    const refused = await run('ann', ['login', '--trust', 'tea-house', '--user', 'ann', ...where]);
    expect([refused.code, codeOf(refused)]).toEqual([3, 'untrusted-server']);
    expect(refused.err).toContain('gaiwan trust add');

    const path = await bundle('second', 2, upgraded);
    await sign(path, 'anna', 'mallory');
    const differs = await ok('ann', ['trust', 'diff', 'tea-house', path]);
    expect(differs).toContain('--allow-url: adds https://files.example');
    expect(differs).toMatch(/--limit time: \d+ s before, 77 s now/);
    expect(differs).toContain('1 of the 2 auditors that are needed');
    const one = await run('ann', ['trust', 'add', path], 'no');
    expect(codeOf(one)).toBe('refused');
    expect(one.err).toContain('NOT SIGNED by enough of the auditors that you trust: 1 of the 2');
    await sign(path, 'bert');
    const both = await ok('ann', ['trust', 'add', path], 'yes');
    expect(both).toContain('Signed by 2 of the auditors that you trust');
    expect(both).toContain('--allow-url: adds https://files.example');
    await ok('ann', ['login', '--user', 'ann']);
    // It moved to another port, and her key is still hers.
    const key = at('some.key');
    await ok('ann', ['keygen', '--scheme', 'aes-gcm-256', '--out', key]);
    const place = ['--scheme', 'aes-gcm-256', '--key-file', key, '--name', 'place.enc'];
    expect(await ok('ann', ['data', 'output', ...place])).toContain('output-');
  });

  it('does not go back', async () => {
    const back = await run('ann', ['trust', 'add', at('first.json')], 'yes');
    expect([back.code, codeOf(back)]).toEqual([6, 'bundle-older']);
    expect(back.err).toContain('gaiwan trust remove tea-house');
    const other = await bundle('other', 2, ['--allow-url', 'https://other.example']);
    expect(codeOf(await run('ann', ['trust', 'add', other], 'yes'))).toBe('bundle-older');
    await ok('ann', ['trust', 'add', at('second.json')]);
    await ok('ann', ['login', '--user', 'ann']);
  });

  it('by a policy of my own keeps the other options', async () => {
    const where = ['--authentication', platform.authentication, '--frontend', platform.frontend];
    const trust = ['--simulation', platform.machine, '--policy', platform.policy];
    await ok('carl', ['login', '--user', 'ann', ...trust, ...where]);
    const policy = readFileSync(platform.policy, 'utf8');
    mkdirSync(at('up'), { recursive: true });
    writeFileSync(at('up/up.json'), JSON.stringify({ ...JSON.parse(policy), maximumAge: 3000 }));
    const again = await ok('carl', ['login', '--user', 'ann', '--policy', at('up/up.json')]);
    expect(again).toContain('As remembered: --simulation');
    await ok('carl', ['login', '--user', 'ann']);
    expect(existsSync(at('home-carl/session.json'))).toBe(true);
  });
});

it('measure says what each service is', async () => {
  const digests = new Set<string>();
  const peers = at('peers.json');
  writeFileSync(peers, JSON.stringify({ measurements: [] }));
  for (const more of [
    [],
    ['--service', 'authentication'],
    ['--service', 'storage', '--peer-policy', peers],
    ['--service', 'attestation'],
    ['--service', 'attestation', '--attestation-policy', peers],
  ]) {
    const { code, stdout, stderr } = await gaiwan(['measure', '--json', ...more]);
    expect(code, stderr).toBe(0);
    const { configuration, decisions } = JSON.parse(stdout.toString()) as {
      configuration: string;
      decisions: object;
    };
    digests.add(configuration);
    expect(decisions).toHaveProperty('node', process.version);
  }
  expect(digests.size).toBe(5);
  // An option without effect would make somebody believe in another measurement.
  const useless = await gaiwan(['measure', '--service', 'attestation', '--allow-url', 'https://a']);
  expect([useless.code, useless.stderr]).toEqual([2, expect.stringContaining('--allow-url is an option of')]);
});
