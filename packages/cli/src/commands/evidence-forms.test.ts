/** Evidence and endorsements as machines and tools send them, on the command line. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  FAKE_NOW,
  type FakeAmd,
  type FakeIntel,
  fakeAmd,
  fakeIntel,
  pem,
} from '@gaiwan/attestation-kit/machines';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gaiwanHere } from '../testing/run-here.ts';

const faults = new URL('../../../../../shared/faults/', import.meta.url);
const present = existsSync(faults);
if (!present) console.warn('SKIPPED: shared/faults is not on this machine: inputs that were reported');

let folder: string;
let amd: FakeAmd;
let intel: FakeIntel;
const at = (name: string) => join(folder, name);
const home = process.cwd();
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gaiwan-forms-'));
  [amd, intel] = await Promise.all([fakeAmd(), fakeIntel()]);
  writeFileSync(at('any.json'), '{"anyMeasurement":true}');
  writeFileSync(at('amd.der'), amd.ark.der);
  writeFileSync(at('intel.der'), intel.root.der);
  writeFileSync(at('report.bin'), await amd.report({ version: 4 }));
  writeFileSync(at('quote.bin'), await intel.quote());
  mkdirSync(at('split'));
  for (const [name, { der }] of Object.entries({ vcek: amd.leaf, ask: amd.ask, ark: amd.ark }))
    writeFileSync(at(`split/${name}.pem`), pem(der));
  writeFileSync(at('split/README'), 'certificates of one machine');
  process.chdir(folder);
});
afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true });
});

const AT = new Date(FAKE_NOW).toISOString();
const VERIFY = `--at ${AT} --policy any.json --root amd=amd.der --root intel=intel.der`;
const run = (args: string) => gaiwanHere(args.split(' '));

describe.skipIf(!present)('inputs that were reported', () => {
  const path = (name: string) => fileURLToPath(new URL(name, faults));
  const verify = (file: string, endorsements: string, root: string) =>
    run(
      `evidence verify ${path(file)} --at 2026-06-01T12:00:00Z --policy any.json --endorsements ${path(endorsements)} --root ${root.replace('=', `=${path('')}`)}`,
    );

  it.each([
    ['snp-v3.bin', 'snp-chain', 'amd=snp-root.pem'],
    ['snp-v5.bin', 'snp-chain', 'amd=snp-root.pem'],
    ['snp-v3.bin', 'snp-split', 'amd=snp-root.pem'],
    ['quote.bin', 'intel-der', 'intel=intel-root.pem'],
    ['quote.bin', 'intel-hexcrl', 'intel=intel-root.pem'],
    ['quote.hex', 'intel-hexcrl', 'intel=intel-root.pem'],
    ['quote.b64', 'intel-der', 'intel=intel-root.pem'],
    ['quote.json', 'intel-der', 'intel=intel-root.pem'],
  ])('%s with %s is accepted', async (file, endorsements, root) => {
    const ended = await verify(file, endorsements, root);
    expect(ended.stdout.toString()).toMatch(/^accepted\n/);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
  });

  it('quote.bin, collateral.json: one JSON, which is abridged, is refused for what is absent', async () => {
    const ended = await verify('quote.bin', 'collateral.json', 'intel=intel-root.pem');
    expect(ended.code).toBe(1);
    expect(ended.stdout.toString()).toMatch(/^refused: missing-collateral\n {2}The TCB Info/);
    expect(ended.stderr).toContain('"tcb_info" has no signature beside it');
  });

  it.each(['quote.hex', 'quote.b64', 'quote.json'])('%s is inspected', async (file) => {
    const ended = await run(`evidence inspect ${path(file)}`);
    expect(ended.code).toBe(0);
    expect(ended.stdout.toString()).toMatch(/^dcap, not verified \(found in .*\)\n {2}quoteVersion: 4\n/);
    writeFileSync('0x', `0x${readFileSync(path('quote.hex'), 'utf8')}`);
    expect((await run('evidence inspect 0x')).stdout.toString()).toContain('quoteVersion: 4');
  });
});

describe('evidence verify', () => {
  it('fault 3, fault 5: accepts a report of version 4 with certificates apart, and names the file that it did not use', async () => {
    const ended = await run(`evidence verify report.bin ${VERIFY} --endorsements split`);
    expect(ended.stdout.toString()).toMatch(/^accepted\n/);
    expect(ended.stderr).toBe(
      'not used: README: It is neither DER, PEM, JSON nor hexadecimal of an endorsement.\n',
    );
    const asJson = await run(`evidence verify report.bin ${VERIFY} --endorsements split --json`);
    expect(asJson.stderr).toBe('');
    expect(JSON.parse(asJson.stdout.toString())).toMatchObject({
      verdict: 'accepted',
      unused: [{ name: 'README' }],
    });
  });

  it('uses the endorsements that came with the evidence', async () => {
    const { caChain, endorsementKey } = await amd.endorsements();
    const base64 = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('base64');
    const report = base64(readFileSync('report.bin'));
    const certificates = { vcekCert: base64(endorsementKey), chain: Buffer.from(caChain ?? []).toString() };
    writeFileSync('evidence.json', JSON.stringify({ evidence: { report }, certificates }));
    const ended = await run(`evidence verify evidence.json ${VERIFY}`);
    expect(ended.stdout.toString()).toMatch(/^accepted\n/);
    expect(ended.stderr).toBe('');
  });

  it('shows with a refusal what the evidence says, and that nothing of it is verified', async () => {
    const ended = await run(`evidence verify quote.bin ${VERIFY}`);
    expect(ended.code).toBe(1);
    const shown = ended.stdout.toString();
    expect(shown).toMatch(/^refused: missing-collateral\n/);
    expect(shown).toContain(`nothing of it is verified (dcap):\n    quoteVersion: 4\n`);
    expect(shown).toContain(`mrTd: ${'dd'.repeat(48)}`);
    const asJson = await run(`evidence verify quote.bin ${VERIFY} --json`);
    expect(JSON.parse(asJson.stdout.toString())).toMatchObject({
      verdict: 'refused',
      verified: false,
      unverified: { verdict: 'unverified', claims: { quoteVersion: 4 } },
    });
  });

  it('says of a folder without anything of use why nothing in it is', async () => {
    const ended = await run(`evidence verify quote.bin ${VERIFY} --endorsements split`);
    expect(ended.code).toBe(2);
    for (const why of ['README: ', 'ark.pem: a certificate of an authority', 'vcek.pem: a VCEK or VLEK'])
      expect(ended.stderr).toContain(why);
  });
});

describe('fault 2: files that are no files', () => {
  it('a pipe is read, for evidence and for endorsements', async () => {
    for (const name of ['quote.pipe', 'crl.pipe']) execFileSync('mkfifo', [name]);
    const writing = writeFile('quote.pipe', readFileSync('quote.bin').toString('hex'));
    const ended = await run('evidence inspect quote.pipe');
    await writing;
    expect(ended.stdout.toString()).toContain('quoteVersion: 4');
    const { tcbInfo } = await intel.endorsements('tdx');
    const more = writeFile('crl.pipe', tcbInfo);
    const verified = await run(`evidence verify quote.bin ${VERIFY} --endorsements crl.pipe`);
    await more;
    expect(verified.stdout.toString()).toContain('refused: missing-collateral');
  });
});
