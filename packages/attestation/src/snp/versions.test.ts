import { FAKE_NOW, type FakeAmd, fakeAmd } from '@gaiwan/attestation-kit/machines';
import { beforeAll, describe, expect, it } from 'vitest';
import { verify } from '../verify.ts';
import { parseSnpReport } from './report.ts';
import type { SnpEndorsements } from './verify.ts';

let amd: FakeAmd;
beforeAll(async () => {
  amd = await fakeAmd();
});

async function verdict(report: Uint8Array, endorsements: SnpEndorsements): Promise<string> {
  const options = { at: FAKE_NOW, roots: { amd: [amd.ark.der] } };
  const verified = await verify({ kind: 'snp', report }, endorsements, options);
  return verified.verdict === 'refused' ? verified.reason : verified.verdict;
}

describe('fault 3: versions of reports', () => {
  it.each([2, 3, 4, 5])('%i is verified, every field where it was', async (version) => {
    const given = { version, reportData: 'ab'.repeat(64), measurement: 'cd'.repeat(48), vmpl: 1 };
    const report = await amd.report(given);
    expect(await verdict(report, await amd.endorsements())).toBe('verified');
    const { signed: _signed, bytes: _bytes, signature: _signature, ...fields } = parseSnpReport(report);
    expect(fields).toMatchObject({ ...given, sigAlgo: 1, signingKey: 'VCEK' });
    expect(fields.cpuid === null).toBe(version === 2);
  });

  it.each([0, 1, 6, 0xffffffff])('%i is refused by its number', async (version) => {
    const report = await amd.report({ version });
    expect(await verdict(report, await amd.endorsements())).toBe('unsupported-version');
    expect(() => parseSnpReport(report)).toThrow(`version ${version}`);
  });
});
