import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { machineOf } from './machine-flags.ts';
import { keepRemembered, readTrust } from './trust.ts';

describe('a simulated machine', () => {
  it.each([
    ['--endorsements', { endorsements: '/folder' }],
    ['--pccs', { pccs: 'https://pccs' }],
  ])('is not to be trusted beside %s, which would be without effect', async (flag, more) => {
    const flags = { simulation: '/nonexistent', ...more };
    const refusal = { code: 'usage', message: expect.stringContaining(flag) };
    await expect(readTrust(flags, { referenceOptional: true })).rejects.toMatchObject(refusal);
    expect(() => machineOf({ tee: 'simulation', ...flags })).toThrow(expect.objectContaining(refusal));
  });

  it('alone, and the others without it, are taken', async () => {
    const given = { endorsements: '/folder', pccs: 'https://pccs' };
    expect(await readTrust(given, { referenceOptional: true })).toMatchObject(given);
    expect(machineOf({ tee: 'tdx', ...given })).toMatchObject(given);
    expect(machineOf({ tee: 'simulation', simulation: '/folder' })).toMatchObject({ simulation: '/folder' });
  });
});

describe('what is remembered', () => {
  const auditors = { keys: ['a pem'], needed: 1 };
  const policy = { measurements: [{ mrTd: 'ab'.repeat(48) }] };
  const machine = { simulation: { root: 'AAAA', endorsements: {} } };
  const folder = mkdtempSync(join(tmpdir(), 'gaiwan-trust-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const whole = file('whole.json', JSON.stringify({ measurements: [] }));
  const beside = file('beside.json', JSON.stringify({ allowDebug: false }));
  const info = file('info.toml', 'x');

  it('is the machine, where another program is named', async () => {
    const { trust, kept } = await keepRemembered({ policy: whole }, { ...machine, policy });
    expect(trust).toEqual({ ...machine, policy: { measurements: [] } });
    expect(kept).toEqual(['--simulation']);
  });

  it('is the program, where another machine is named', async () => {
    const last = { ...machine, policy };
    const { trust, kept } = await keepRemembered({ pccs: 'https://p' }, last);
    expect(trust).toEqual({ pccs: 'https://p', policy });
    expect(kept).toEqual(['--policy']);
  });

  it('are the auditors, where another enclave info is named, and no others take their place unasked', async () => {
    const signed = { enclaveInfo: 'AAAA', signatures: ['AAAA'], auditors };
    const flags = { enclaveInfo: info, signature: [info] };
    const { trust, kept } = await keepRemembered(flags, { ...machine, ...signed });
    expect(trust).toMatchObject({ ...machine, auditors, enclaveInfo: 'eA==' });
    expect(kept).toEqual(['--simulation', '--auditor']);
    await expect(keepRemembered(flags, { ...machine, policy })).rejects.toMatchObject({ code: 'usage' });
    // A policy without measurements stands beside it; one with measurements is in its place.
    expect((await keepRemembered({ policy: beside }, signed)).trust).toEqual({
      ...signed,
      policy: { allowDebug: false },
    });
    expect((await keepRemembered({ policy: whole }, signed)).trust).toEqual({ policy: { measurements: [] } });
  });
});
