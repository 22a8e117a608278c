import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gaiwan } from '../testing/run.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gaiwan-audit-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const run = (...args: string[]) => gaiwan(args, { cwd: folder });
const json = async (...args: string[]) => {
  const { code, stdout, stderr } = await run(...args, '--json');
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout.toString()) as Record<string, unknown>;
};

describe('gaiwan measure', () => {
  it('is the SHA-256 of its list, and another with another configuration', async () => {
    const measured = await json('measure');
    const list = await run('measure', '--list');
    const sum = execFileSync('sha256sum', { input: list.stdout }).toString().slice(0, 64);
    expect(measured['bundle']).toBe(sum);
    const other = await json('measure', '--allow-url', 'https://files.example');
    expect(other['bundle']).toBe(sum);
    expect(other['configuration']).not.toBe(measured['configuration']);
  });
});

describe('gaiwan audit', () => {
  it('measures, signs, and counts auditors; openssl signs too', async () => {
    const { mrTd } = await json('audit', 'init', 'info.toml');
    expect(readFileSync(join(folder, 'info.toml'), 'utf8')).toContain(`mr_td = "${String(mrTd)}"`);
    const anna = generateKeyPairSync('ed25519');
    const carl = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const keep = (name: string, pem: string | Buffer) => writeFileSync(join(folder, name), pem);
    keep('anna.key', anna.privateKey.export({ type: 'pkcs8', format: 'pem' }));
    keep('anna.pub', anna.publicKey.export({ type: 'spki', format: 'pem' }));
    keep('carl.key', carl.privateKey.export({ type: 'pkcs8', format: 'pem' }));
    keep('carl.pub', carl.publicKey.export({ type: 'pkcs1', format: 'pem' }));
    await json('audit', 'sign', 'info.toml', '--key', 'anna.key', '--out', 'anna.sign');
    execFileSync('openssl', ['dgst', '-sha256', '-sign', 'carl.key', '-out', 'carl.sign', 'info.toml'], {
      cwd: folder,
    });
    const verify = [
      'audit',
      'verify',
      'info.toml',
      '--auditor',
      'anna.pub',
      '--auditor',
      'carl.pub',
      '--signature',
      'anna.sign',
    ];
    expect(await json(...verify, '--signature', 'carl.sign')).toMatchObject({
      verdict: 'accepted',
      needed: 2,
    });
    expect(await json(...verify, '--needed', '1')).toMatchObject({ needed: 1 });
    const code = async (...args: string[]) => {
      const ended = await run(...args, '--json');
      return [ended.code, (JSON.parse(ended.stderr) as { error: { code: string } }).error.code];
    };
    expect(await code(...verify)).toEqual([6, 'auditors-missing']);
    expect(await code('audit', 'init', 'info.toml')).toEqual([5, 'io']);
    expect(await code('audit', 'verify', 'info.toml', '--auditor', 'anna.key')).toEqual([
      2,
      'bad-auditor-key',
    ]);
    expect(await code('audit', 'verify', 'nothing.toml', '--auditor', 'anna.pub')).toEqual([5, 'io']);
    appendFileSync(join(folder, 'info.toml'), '\n');
    expect(await code(...verify, '--needed', '1')).toEqual([6, 'wrong-signature']);
  });
});

describe('gaiwan simulation', () => {
  it('makes a machine, says SIMULATION, and never replaces one', async () => {
    const made = await run('simulation', 'init', 'machine');
    expect(made.code, made.stderr).toBe(0);
    expect(made.stdout.toString()).toContain('SIMULATION');
    expect(statSync(join(folder, 'machine', 'machine.json')).mode & 0o777).toBe(0o600);
    expect((await run('simulation', 'init', 'machine')).code).toBe(2);
    expect(await json('simulation', 'init', 'bad', '--fault', 'revoked')).toMatchObject({ fault: 'revoked' });
  });
});
