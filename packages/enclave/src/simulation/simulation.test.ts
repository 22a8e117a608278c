import { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { appraise, type Endorsements, type Policy, verify } from '@gaiwan/attestation';
import { importEcKey, issueCertificate, pem } from '@gaiwan/attestation-kit';
import { fakeIntel } from '@gaiwan/attestation-kit/machines';
import { readSimulationTrust, simulatedRegisters } from '@gaiwan/trust';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSimulation, openSimulation, type SimulationFault } from './simulation.ts';

const measured = { bundle: 'ab'.repeat(32), configuration: 'cd'.repeat(32) };
const policy: Policy = { measurements: [{ ...simulatedRegisters(measured) }] };
const now = Date.parse('2026-11-24T12:00:00Z');
const reportData = new Uint8Array(64).fill(7);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gaiwan-simulation-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function judged(path: string, changes: object = {}, appraisal: Policy = policy, trust = path) {
  const machine = await openSimulation(path);
  const { evidence } = await machine.attester(measured).evidence(reportData);
  const { root, endorsements } = await readSimulationTrust(trust);
  const verified = await verify(evidence, endorsements, { at: now, roots: { intel: [root] }, ...changes });
  return verified.verdict === 'refused' ? verified : appraise(verified, appraisal);
}

/** What the simulated machine's root says to evidence of another. */
async function foreign(quote: Uint8Array, given?: Endorsements) {
  const { root, endorsements } = await readSimulationTrust(join(folder, 'good'));
  return verify({ kind: 'dcap', quote }, given ?? endorsements, { at: now, roots: { intel: [root] } });
}

describe('a simulated machine', () => {
  it('signs what its own root vouches for, and keeps doing so after it was opened again', async () => {
    const path = join(folder, 'good');
    await createSimulation(path, { now });
    for (let i = 0; i < 2; i++) expect(await judged(path)).toEqual({ verdict: 'accepted' });
    expect((await stat(join(path, 'machine.json'))).mode & 0o777).toBe(0o600);
    const { subject } = new X509Certificate(await readFile(join(path, 'root.pem')));
    expect(subject).toContain('O=SIMULATION');
  });

  it('binds the report data, and refuses others than 64 bytes', async () => {
    const machine = await openSimulation(join(folder, 'good'));
    const hex = Buffer.from(reportData).toString('hex');
    expect(await judged(join(folder, 'good'), {}, { ...policy, reportData: hex })).toEqual({
      verdict: 'accepted',
    });
    await expect(machine.attester(measured).evidence(new Uint8Array(63))).rejects.toMatchObject({
      code: 'bad-report-data',
    });
  });

  it('is refused by production roots, and its root refuses production evidence', async () => {
    expect(await judged(join(folder, 'good'), { roots: {} })).toMatchObject({ reason: 'untrusted-root' });
    const other = await fakeIntel();
    expect(await foreign(await other.quote())).toMatchObject({ reason: 'untrusted-root' });
    // With endorsements of its own, all of them in order: it is the root alone that differs.
    const itsOwn = await foreign(await other.quote(), await other.endorsements('tdx'));
    expect(itsOwn).toMatchObject({ reason: 'untrusted-root' });
  });

  const real = new URL(
    '../../../../../shared/attestation/vectors/dcap/tdx4-b0c06f000000-uptodate.bin',
    import.meta.url,
  );
  if (!existsSync(real)) console.warn('SKIPPED: shared/attestation/vectors is not on this machine');
  it.skipIf(!existsSync(real))('refuses a quote of a real TDX machine: its root is Intel’s', async () => {
    const quote = new Uint8Array(await readFile(real));
    expect(await foreign(quote)).toMatchObject({ reason: 'untrusted-root' });
  });

  it('another program or configuration shows in its register', async () => {
    const machine = await openSimulation(join(folder, 'good'));
    const registers = (change: object) => simulatedRegisters({ ...measured, ...change });
    expect(registers({ bundle: '00'.repeat(32) }).rtmr3).toBe(registers({}).rtmr3);
    expect(registers({ bundle: '00'.repeat(32) }).mrTd).not.toBe(registers({}).mrTd);
    expect(registers({ configuration: '00'.repeat(32) }).mrTd).toBe(registers({}).mrTd);
    const { evidence } = await machine
      .attester({ ...measured, bundle: '00'.repeat(32) })
      .evidence(reportData);
    const verified = await verify(evidence, machine.endorsements, {
      at: now,
      roots: { intel: [machine.root] },
    });
    if (verified.verdict === 'refused') throw new Error(verified.message);
    expect(appraise(verified, policy)).toMatchObject({ reason: 'policy-measurement' });
  });

  it.each<[SimulationFault, string]>([
    ['revoked', 'cert-revoked'],
    ['out-of-date', 'policy-tcb'],
    ['debug', 'policy-debug'],
  ])('%s is refused: %s', async (fault, reason) => {
    const path = join(folder, fault);
    await createSimulation(path, { fault, now });
    expect(await judged(path)).toMatchObject({ verdict: 'refused', reason });
  });

  it('is never replaced', async () => {
    await expect(createSimulation(join(folder, 'good'), { now })).rejects.toMatchObject({
      code: 'simulation-exists',
    });
  });

  it('of an older version, whose root is not marked, is refused with the advice to make a new one', async () => {
    const path = join(folder, 'older');
    await createSimulation(path, { now });
    const { keys } = JSON.parse(await readFile(join(path, 'machine.json'), 'utf8'));
    const key = await importEcKey(Buffer.from(keys.root, 'base64'));
    const subject = 'O=SIMULATION, CN=Intel SGX Root CA';
    const validity = { from: now, to: now + 1000 };
    const { der } = await issueCertificate({ subject, key, ca: true, serial: '10', ...validity });
    await writeFile(join(path, 'root.pem'), pem(der));
    for (const open of [openSimulation, readSimulationTrust])
      await expect(open(path)).rejects.toMatchObject({
        name: 'SimulationError',
        code: 'simulation-outdated',
        message: expect.stringContaining('gaiwan simulation init'),
      });
  });

  it('that is none, or damaged, or open to others is refused', async () => {
    await expect(openSimulation(join(folder, 'nowhere'))).rejects.toMatchObject({ code: 'no-simulation' });
    await expect(readSimulationTrust(join(folder, 'nowhere'))).rejects.toMatchObject({
      code: 'no-simulation',
    });
    const path = join(folder, 'damaged');
    await createSimulation(path, { now });
    const file = join(path, 'machine.json');
    const good = await readFile(file, 'utf8');
    for (const bad of [
      '',
      '{}',
      good.replace('simulation 1', 'simulation 9'),
      good.replace(/"pck": "..../, '"pck": "AAAA'),
    ]) {
      await writeFile(file, bad);
      await expect(openSimulation(path)).rejects.toMatchObject({ code: 'simulation-damaged' });
    }
    await writeFile(file, good);
    await chmod(file, 0o644);
    await expect(openSimulation(path)).rejects.toMatchObject({ code: 'simulation-damaged' });
  });
});
