import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FAKE_NOW, type FakeIntel, fakeIntel } from '@gaiwan/attestation-kit/machines';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gaiwan } from '../testing/run.ts';
import { gaiwanHere } from '../testing/run-here.ts';

let cwd: string;
let intel: FakeIntel;
const AT = new Date(FAKE_NOW).toISOString();
const at = (name: string) => join(cwd, name);
const run = (args: string) => gaiwanHere(args.split(' '));
const home = process.cwd();
const json = (value: unknown) => JSON.stringify(value);

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'gaiwan-evidence-test-'));
  process.chdir(cwd);
  intel = await fakeIntel();
  writeFileSync(at('root.der'), intel.root.der);
  writeFileSync(at('quote.bin'), await intel.quote({ reportData: `c0ffee${'00'.repeat(61)}` }));
  writeFileSync(at('debug.bin'), await intel.quote({ attributes: '0100001000000000' }));
  writeFileSync(at('other.txt'), 'no evidence\n');
  writeFileSync(at('policy.json'), json({ measurements: [{ mrTd: 'dd'.repeat(48) }] }));
  writeFileSync(at('wrong.json'), json({ measurements: [{ mrTd: 'de'.repeat(48) }] }));
  writeFileSync(at('typo.json'), json({ measurment: [] }));
  writeFileSync(at('broken.json'), '{');
  mkdirSync(at('collateral'));
  for (const [name, bytes] of Object.entries(await intel.endorsements('tdx')))
    writeFileSync(at(`collateral/${name}`), bytes);
  writeFileSync(
    at('index.json'),
    json({
      format: 'attestation-vectors/1',
      vectors: [
        {
          id: 'good',
          kind: 'tdx-v4',
          files: { quote: 'quote.bin' },
          collateral: {
            rootCa: 'root.der',
            ...Object.fromEntries(
              ['tcbInfo', 'qeIdentity', 'tcbSigningChain', 'pckCrl', 'rootCrl'].map((name) => [
                name,
                `collateral/${name}`,
              ]),
            ),
          },
          verifyAt: AT,
          expect: { verdict: 'valid-with-custom-root', tcbStatus: 'UpToDate' },
          claims: { quoteVersion: 4, mrTd: 'dd'.repeat(48) },
        },
      ],
    }),
  );
});
afterAll(() => {
  process.chdir(home);
  rmSync(cwd, { recursive: true });
});

const VERIFY = `--endorsements collateral --at ${AT} --root intel=root.der`;

describe('gaiwan evidence inspect', () => {
  it('shows claims, as text and as JSON', async () => {
    const text = await run('evidence inspect quote.bin');
    expect(text).toMatchObject({ code: 0, stderr: '' });
    expect(text.stdout.toString()).toContain('dcap, not verified\n  quoteVersion: 4\n');
    const asJson = await run('evidence inspect quote.bin --json');
    expect(JSON.parse(asJson.stdout.toString())).toMatchObject({
      verdict: 'unverified',
      claims: { teeType: 'tdx' },
    });
  });

  it('ends with 2 for what is no evidence', async () => {
    const ended = await run('evidence inspect other.txt');
    expect(ended.code).toBe(2);
    expect(ended.stdout.toString()).toContain('not evidence');
  });
});

describe('gaiwan evidence verify', () => {
  it('accepts with 0', async () => {
    const ended = await run(`evidence verify quote.bin ${VERIFY} --policy policy.json --nonce C0FFEE`);
    expect(ended.code).toBe(0);
    expect(ended.stdout.toString()).toMatch(/^accepted\n {2}kind: tdx\n/);
    const asJson = await run(`evidence verify quote.bin ${VERIFY} --policy policy.json --json`);
    expect(JSON.parse(asJson.stdout.toString())).toMatchObject({
      verdict: 'accepted',
      verified: true,
      tcb: { tcbStatus: 'UpToDate' },
    });
  });

  it.each([
    ['quote.bin', `${VERIFY}`, 'policy-measurement'],
    ['quote.bin', `${VERIFY} --policy wrong.json`, 'policy-measurement'],
    ['quote.bin', `${VERIFY} --policy policy.json --nonce c0ffef`, 'nonce-mismatch'],
    ['debug.bin', `${VERIFY} --policy policy.json`, 'policy-debug'],
    ['quote.bin', `--endorsements collateral --at ${AT} --policy policy.json`, 'untrusted-root'],
    ['quote.bin', `--at ${AT} --root intel=root.der --policy policy.json`, 'missing-collateral'],
    [
      'quote.bin',
      `--endorsements collateral --at 2046-01-01 --root intel=root.der --policy policy.json`,
      'cert-expired',
    ],
  ])('refuses %s %s with 1 and a reason', async (file, options, reason) => {
    const ended = await run(`evidence verify ${file} ${options}`);
    expect(ended.code).toBe(1);
    expect(ended.stdout.toString()).toContain(`refused: ${reason}\n`);
    const asJson = await run(`evidence verify ${file} ${options} --json`);
    expect(asJson.code).toBe(1);
    expect(JSON.parse(asJson.stdout.toString())).toMatchObject({ verdict: 'refused', reason });
  });

  it('ends with 2 for what is no evidence, and for options that make no sense', async () => {
    expect((await run(`evidence verify other.txt ${VERIFY}`)).code).toBe(2);
    for (const options of [
      '--at yesterday',
      `${VERIFY} --policy typo.json`,
      `${VERIFY} --policy broken.json`,
      `${VERIFY} --nonce xyz`,
      `--at ${AT} --endorsements other.txt`,
      `--at ${AT} --root moon=root.der`,
    ]) {
      const ended = await run(`evidence verify quote.bin ${options}`);
      expect(ended.code, options).toBe(2);
      expect(ended.stdout.toString()).toBe('');
    }
    expect((await run(`evidence verify missing.bin ${VERIFY}`)).code).toBe(5);
    const huge = await gaiwan(['evidence', 'inspect', '-'], { stdin: new Uint8Array(17 * 1024 * 1024) });
    expect(huge.code).toBe(2);
    expect(huge.stderr).toContain('more than');
  });
});

describe('gaiwan evidence conformance', () => {
  it('runs a folder and counts', async () => {
    const ended = await run('evidence conformance . --json');
    const [line, count] = ended.stdout.toString().trim().split('\n');
    expect(JSON.parse(line ?? '')).toEqual({
      id: 'good',
      kind: 'tdx-v4',
      verdict: 'valid-with-custom-root',
      reason: null,
      tcbStatus: 'UpToDate',
      claimsOk: true,
      ok: true,
    });
    expect(count).toBe('1 passed, 0 failed');
    expect(ended.code).toBe(0);
  });

  it('ends with 1 when a vector fails, and with 2 for a folder of another kind', async () => {
    const index = JSON.parse(readFileSync(at('index.json'), 'utf8')) as { vectors: { claims: object }[] };
    mkdirSync(at('failing'), { recursive: true });
    const [vector] = index.vectors;
    writeFileSync(
      at('failing/index.json'),
      json({
        ...index,
        vectors: [{ ...vector, files: { quote: 'quote.bin' }, collateral: {}, claims: { quoteVersion: 5 } }],
      }),
    );
    writeFileSync(at('failing/quote.bin'), await intel.quote());
    const failing = await run('evidence conformance failing');
    expect(failing.code).toBe(1);
    expect(failing.stdout.toString()).toContain('FAIL  good');
    expect(failing.stdout.toString()).toContain('quoteVersion: expected 5, found 4');
    expect(failing.stdout.toString()).toContain('0 passed, 1 failed');
    mkdirSync(at('empty'), { recursive: true });
    writeFileSync(at('empty/index.json'), '{}');
    expect((await run('evidence conformance empty')).code).toBe(2);
    expect((await run('evidence conformance nowhere')).code).toBe(5);
  });

  const shared = new URL('../../../../../shared/attestation/', import.meta.url);
  const present = existsSync(shared);
  if (!present) console.warn('SKIPPED: shared/attestation is not on this machine');
  it.skipIf(!present).each([
    ['vectors', '285 passed, 0 failed'],
    ['vectors-tpm', '17 passed, 0 failed'],
  ])('%s: all pass', async (folder, count) => {
    const ended = await gaiwan(['evidence', 'conformance', fileURLToPath(new URL(folder, shared))]);
    expect(ended.code).toBe(0);
    expect(ended.stdout.toString().trim().split('\n').at(-1)).toBe(count);
  });
});
