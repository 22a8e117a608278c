import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gaiwan } from '../testing/run.ts';
import { gaiwanHere } from '../testing/run-here.ts';

const schemes = ['aes-gcm-128', 'aes-gcm-256', 'teaclave-file-128'] as const;
let cwd: string;
const at = (name: string) => join(cwd, name);
const run = (args: string) => gaiwanHere(args.split(' '));
/** In a process of its own: it reads standard input, or writes bytes to standard output. */
const runWith = (stdin: Uint8Array, args: string) => gaiwan(args.split(' '), { cwd, stdin });
const home = process.cwd();
const IV = '00112233445566778899aabb';

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'gaiwan-cli-test-'));
  writeFileSync(at('key16'), `${randomBytes(16).toString('hex')}\n`);
  writeFileSync(at('key32'), randomBytes(32).toString('hex').toUpperCase());
  writeFileSync(at('plain'), randomBytes(300_000));
  process.chdir(cwd);
});
afterEach(() => {
  process.chdir(home);
  rmSync(cwd, { recursive: true });
});

const options = (scheme: (typeof schemes)[number]) => ({
  common: `--scheme ${scheme} --key-file ${scheme === 'aes-gcm-256' ? 'key32' : 'key16'}`,
  iv: scheme === 'teaclave-file-128' ? '' : ` --iv ${IV}`,
});

describe.each(schemes)('%s', (scheme) => {
  const { common, iv } = options(scheme);

  it('encrypts and decrypts files; the tag is printed and checked', async () => {
    const encrypted = await run(`encrypt ${common}${iv} --in plain --out cipher --print-tag`);
    expect(encrypted.stderr).toBe('');
    expect(encrypted.stdout.toString()).toMatch(/^[0-9a-f]{32}\n$/);
    const tag = encrypted.stdout.toString().trim();
    const decrypted = await run(`decrypt ${common}${iv} --in cipher --out back --print-tag`);
    expect(decrypted).toMatchObject({ code: 0, stderr: '' });
    expect(decrypted.stdout.toString().trim()).toBe(tag);
    expect(readFileSync(at('back')).equals(readFileSync(at('plain')))).toBe(true);
    expect((await run(`decrypt ${common}${iv} --in cipher --out back --tag ${tag}`)).code).toBe(0);
  });

  it('goes through standard input and output', async () => {
    const plain = readFileSync(at('plain'));
    const encrypted = await runWith(plain, `encrypt ${common}${iv} --name list.enc --in - --out - --json`);
    expect(encrypted.code).toBe(0);
    expect(JSON.parse(encrypted.stderr)).toMatchObject({
      plaintextSize: plain.length,
      size: encrypted.stdout.length,
    });
    const decrypted = await runWith(
      encrypted.stdout,
      `decrypt ${common}${iv} --name list.enc --in - --out -`,
    );
    expect(decrypted).toMatchObject({ code: 0, stderr: '' });
    expect(decrypted.stdout.equals(plain)).toBe(true);
  });

  it('releases nothing with a wrong key, a wrong tag, or bytes that were changed or cut', async () => {
    await run(`encrypt ${common}${iv} --in plain --out cipher`);
    const cipher = readFileSync(at('cipher'));
    writeFileSync(at('wrong16'), '00'.repeat(16));
    writeFileSync(at('wrong32'), '00'.repeat(32));
    const changed = Buffer.from(cipher);
    changed[200_000] = (changed[200_000] as number) ^ 1;
    const cases = [
      { args: common.replace(/key(\d\d)$/, 'wrong$1'), file: cipher },
      { args: `${common} --tag ${'00'.repeat(16)}`, file: cipher },
      { args: common, file: changed },
      { args: common, file: cipher.subarray(0, 200_000) },
      { args: common, file: cipher.subarray(0, 5) },
      { args: common, file: Buffer.alloc(0) },
    ];
    for (const { args, file } of cases) {
      writeFileSync(at('cipher'), file);
      const before = readdirSync(cwd);
      const ended = await run(`decrypt ${args}${iv} --in cipher --out back`);
      expect(ended.code, ended.stderr).toBe(6);
      expect(ended.stderr).toMatch(/^gaiwan: .*\((corrupt|tag-mismatch|truncated|unsupported-format)\)\n$/);
      expect(readdirSync(cwd)).toEqual(before);
    }
    const toStdout = await runWith(changed, `decrypt ${common}${iv} --name cipher --in - --out -`);
    expect(toStdout).toMatchObject({ code: 6, stdout: Buffer.alloc(0) });
  });
});

describe('fault 2: standard streams by their names', () => {
  it('/dev/stdin and /dev/stdout are what - is', async () => {
    const { common, iv } = options('aes-gcm-128');
    const plain = readFileSync(at('plain'));
    const device = statSync('/dev/stdout').dev;
    const encrypted = await runWith(plain, `encrypt ${common}${iv} --in /dev/stdin --out /dev/stdout --json`);
    expect(encrypted.code, encrypted.stderr).toBe(0);
    expect(JSON.parse(encrypted.stderr)).toMatchObject({ size: encrypted.stdout.length });
    const decrypted = await runWith(
      encrypted.stdout,
      `decrypt ${common}${iv} --in /dev/stdin --out /dev/stdout`,
    );
    expect(decrypted).toMatchObject({ code: 0, stderr: '' });
    expect(decrypted.stdout.equals(plain)).toBe(true);
    expect(statSync('/dev/stdout').dev).toBe(device);
  });
});

describe('an IV', () => {
  it('is made where none is given, another each time, and told', async () => {
    const { common } = options('aes-gcm-256');
    const first = await run(`encrypt ${common} --in plain --out cipher --json`);
    const { iv, tag } = JSON.parse(first.stdout.toString()) as { iv: string; tag: string };
    const second = await run(`encrypt ${common} --in plain --out other`);
    expect(second.stderr).toMatch(/^iv [0-9a-f]{24}\n$/);
    expect(second.stderr).not.toContain(iv);
    expect((await run(`decrypt ${common} --iv ${iv} --tag ${tag} --in cipher --out back`)).code).toBe(0);
    expect((await run(`decrypt ${common} --in cipher --out back2`)).code).toBe(2);
  });
});

describe('what cannot be', () => {
  it.each([
    [
      'a key file that is not there',
      'encrypt --scheme aes-gcm-128 --key-file no --in plain --out x',
      5,
      'no such file',
    ],
    [
      'a key of another length',
      'encrypt --scheme aes-gcm-256 --key-file key16 --in plain --out x',
      2,
      '16 bytes',
    ],
    [
      'a key file without hex',
      'encrypt --scheme aes-gcm-128 --key-file plain --in plain --out x',
      2,
      'keygen',
    ],
    ['a short IV', 'encrypt --scheme aes-gcm-128 --key-file key16 --iv 0011 --in plain --out x', 2, '24 hex'],
    [
      'an IV for teaclave-file-128',
      `encrypt --scheme teaclave-file-128 --key-file key16 --iv ${IV} --in plain --out x`,
      2,
      'no IV',
    ],
    [
      'a name that is a path',
      'encrypt --scheme teaclave-file-128 --key-file key16 --name ../x --in plain --out x',
      2,
      'bare file name',
    ],
    [
      'no name for standard output',
      'encrypt --scheme teaclave-file-128 --key-file key16 --in plain --out -',
      2,
      'name',
    ],
    ['an input that is not there', 'encrypt --scheme aes-gcm-128 --key-file key16 --in no --out x', 5, 'no'],
    [
      'an output in no folder',
      'encrypt --scheme aes-gcm-128 --key-file key16 --in plain --out no/x',
      5,
      'no/x',
    ],
    ['an unknown scheme', 'encrypt --scheme rot13 --key-file key16 --in plain --out x', 2, 'rot13'],
    [
      'a tag that is none',
      `decrypt --scheme aes-gcm-128 --key-file key16 --iv ${IV} --tag xyz --in plain --out x`,
      2,
      '--tag',
    ],
  ])('%s', async (_what, args, code, says) => {
    const ended = await run(args);
    expect(ended.stderr).toContain(says);
    expect(ended.code).toBe(code);
    expect(existsSync(at('x'))).toBe(false);
  });

  it('is said as JSON where JSON was asked for, and never shows the key', async () => {
    const secret = 'ab'.repeat(15);
    writeFileSync(at('short'), secret);
    const ended = await run('encrypt --scheme aes-gcm-128 --key-file short --in plain --out x --json');
    expect(JSON.parse(ended.stderr)).toMatchObject({ error: { code: 'usage' } });
    expect(ended.stderr + ended.stdout.toString()).not.toContain(secret);
  });
});

describe('standard input and output by the names of their devices', () => {
  it('are what they are', async () => {
    const made = await runWith(Buffer.of(), 'keygen --scheme aes-gcm-256 --out /dev/stdout');
    expect(made).toMatchObject({ code: 0, stderr: '' });
    expect(made.stdout.toString()).toMatch(/^[0-9a-f]{64}\n$/);
    const unnamed = await runWith(
      Buffer.from('x'),
      'data upload --scheme aes-gcm-256 --key-file key32 --in /dev/stdin',
    );
    expect(unnamed.stderr).toContain('Standard input has no name: give --name.');
  });
});

describe('keygen', () => {
  it('makes a key that only its owner can read, and never overwrites one', async () => {
    expect((await run('keygen --scheme aes-gcm-256 --out new.key')).code).toBe(0);
    const key = readFileSync(at('new.key'), 'utf8');
    expect(key).toMatch(/^[0-9a-f]{64}\n$/);
    expect(statSync(at('new.key')).mode & 0o777).toBe(0o600);
    expect((await run('keygen --scheme aes-gcm-256 --out new.key')).code).toBe(5);
    expect(readFileSync(at('new.key'), 'utf8')).toBe(key);
  });
});
