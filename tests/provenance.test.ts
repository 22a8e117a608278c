/** Where a function's code comes from, as its owner says it and as a reviewer reads it, typed. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileSigner, type Gaiwan, makeKeyFile } from '@gaiwan/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gaiwanHere } from '../packages/cli/src/testing/run-here.ts';
import { type TestSigstore, testSigstore } from '../packages/provenance/src/testing/sigstore.ts';
import { NO_WORKER, TestPlatform } from './support/platform.ts';
import { freshKey } from './support/three-banks.ts';

const PASSWORD = 'a test password';
const RULE = [
  '--repository',
  'https://github.com/example/average',
  '--workflow',
  '.github/workflows/release.yml',
];
const codeText = (times: number) => `def main(inputs, outputs, args):\n    return ${times}\n`;
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

let sigstore: TestSigstore;
let platform: TestPlatform;
let analyst: Gaiwan;
let hospital: Gaiwan;
let root: string;
beforeAll(async () => {
  sigstore = await testSigstore();
  root = join(mkdtempSync(join(tmpdir(), 'gaiwan-sigstore-')), 'trusted_root.json');
  writeFileSync(root, sigstore.trustedRoot);
  platform = await TestPlatform.start([...NO_WORKER, '--sigstore-root', root]);
  await arrive('vendor', 'FunctionOwner');
  analyst = await arrive('analyst');
  hospital = await arrive('hospital');
});
afterAll(() => platform.stop());

const as = (user: string, ...args: string[]) =>
  gaiwanHere(args, {
    env: { GAIWAN_HOME: join(platform.folder, user), GAIWAN_PASSWORD: PASSWORD },
  }).then(({ code, stdout, stderr }) => ({ code, out: stdout.toString(), stderr }));

async function done(user: string, ...args: string[]): Promise<string> {
  const { code, out, stderr } = await as(user, ...args);
  expect(code, stderr).toBe(0);
  return out.trim();
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

let counter = 0;
const fileOf = (content: string | Uint8Array): string => {
  counter += 1;
  const path = join(platform.folder, `file-${counter}`);
  writeFileSync(path, content);
  return path;
};

/** A function of the vendor's whose code has this text. */
const register = (text: string): Promise<string> => {
  const what = ['--name', `average-${counter}`, '--executor-type', 'python', '--input', 'rows'];
  return done('vendor', 'functions', 'register', ...what, '--payload', fileOf(text), '--allow', 'analyst');
};

async function taskOf(functionId: string): Promise<string> {
  const inputs = { rows: ['hospital'] };
  const taskId = await analyst.tasks.create({ functionId, executor: 'python', inputs });
  const path = fileOf('1\n');
  const { dataId } = await hospital.data.encryptAndUpload({
    path,
    name: 'rows',
    key: freshKey('aes-gcm-256'),
  });
  await hospital.tasks.assign(taskId, { inputs: { rows: dataId } });
  return taskId;
}

/** The hospital approves what it has reviewed. */
async function approve(taskId: string) {
  const { digest } = await hospital.tasks.manifest(taskId);
  return as('hospital', 'tasks', 'approve', taskId, '--yes', Buffer.from(digest).toString('hex'));
}

describe('provenance', () => {
  it('is attached by the owner, and read with all else by whoever is to approve', async () => {
    const functionId = await register(codeText(1));
    const bundle = await sigstore.attest(sha256(codeText(1)));
    const sbom = '{"bomFormat":"CycloneDX","specVersion":"1.6"}';
    const files = ['--provenance', fileOf(bundle), '--sbom', fileOf(sbom), '--source', fileOf('tar')];
    const said = await done('vendor', 'functions', 'attach', functionId, ...files);
    expect(said).toMatch(/^Attached provenance, sbom, source to version [0-9a-f]{64}\.$/);

    const taskId = await taskOf(functionId);
    expect(await done('hospital', 'functions', 'materials', taskId)).toContain(sha256(sbom));
    const out = join(platform.folder, 'attached');
    await done('hospital', 'functions', 'materials', taskId, '--out', out);
    expect(readFileSync(join(out, 'provenance.sigstore.json')).equals(bundle)).toBe(true);
    expect(readFileSync(join(out, 'sbom.json'), 'utf8')).toBe(sbom);
    expect(readFileSync(join(out, 'source'), 'utf8')).toBe('tar');
    const again = await as('hospital', 'functions', 'materials', taskId, '--out', out);
    expect(again).toMatchObject({ code: 5, stderr: expect.stringContaining('nothing is overwritten') });

    const unverified = await approve(taskId);
    expect(unverified.stderr).toContain('build        NOT VERIFIED: its owner has attached provenance');
    expect(unverified.code).toBe(0);
  });

  it('that is about other code is refused by the platform', async () => {
    const functionId = await register(codeText(2));
    const bundle = fileOf(await sigstore.attest(sha256(codeText(3))));
    const { code, stderr } = await as('vendor', 'functions', 'attach', functionId, '--provenance', bundle);
    expect(code).toBe(1);
    expect(stderr).toContain(`and this code has ${sha256(codeText(2))}. (bad-provenance)`);
  });

  it('is verified again by the reviewer, whose rule decides', async () => {
    const functionId = await register(codeText(4));
    const taskId = await taskOf(functionId);
    await done('hospital', 'functions', 'sigstore-root', root);
    expect(
      await done('hospital', 'functions', 'require-build', functionId, ...RULE, '--ref', 'refs/tags/*'),
    ).toBe(
      `Code of ${functionId} is approved from here only from builds of https://github.com/example/average by .github/workflows/release.yml at refs/tags/*.`,
    );
    const bare = await approve(taskId);
    expect(bare.stderr).toContain('build        its owner says nothing about it');
    expect(bare.stderr).toContain('Not approved: its owner has attached no provenance.');
    expect(bare.code).toBe(1);

    const attach = async (build: Parameters<TestSigstore['attest']>[1]) => {
      const bundle = fileOf(await sigstore.attest(sha256(codeText(4)), build));
      await done('vendor', 'functions', 'attach', functionId, '--provenance', bundle);
    };
    await attach({ ref: 'refs/heads/main' });
    const branch = await approve(taskId);
    expect(branch.code).toBe(1);
    expect(branch.stderr).toContain('the reference "refs/heads/main", and your rule wants "refs/tags/*"');
    await attach({ repository: 'https://github.com/mallory/average' });
    expect((await approve(taskId)).stderr).toContain('the repository "https://github.com/mallory/average"');
    expect((await hospital.tasks.manifest(taskId)).approvedUsers).toEqual([]);

    await attach({});
    const { code, stderr } = await approve(taskId);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('build        of https://github.com/example/average at refs/tags/v1.0.0');
    expect(stderr).toContain('on a runner that is github-hosted; verified here');

    // The platform's roots are not the reviewer's.
    const own = fileOf((await testSigstore()).trustedRoot);
    await done('hospital', 'functions', 'sigstore-root', own);
    const other = await taskOf(functionId);
    const refused = await approve(other);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('ITS PROVENANCE IS REFUSED HERE: The bundle does not verify');
    await done('hospital', 'functions', 'sigstore-root', '--off');
    expect((await approve(other)).stderr).toContain('you keep no Sigstore root');
    await done('hospital', 'functions', 'require-build', functionId, '--off');
    expect((await approve(other)).code).toBe(0);
  });

  it('asks for what it needs', async () => {
    const functionId = await register(codeText(5));
    const usage = [
      ['functions', 'attach', functionId],
      ['functions', 'require-build', functionId, '--repository', 'x'],
      ['functions', 'sigstore-root'],
    ];
    for (const args of usage) expect(await as('vendor', ...args)).toMatchObject({ code: 2 });
    const none = await as('vendor', 'functions', 'sigstore-root', fileOf('{}'));
    expect(none.stderr).toContain('(not-a-trusted-root)');
    expect(none.code).not.toBe(0);
  });
});
