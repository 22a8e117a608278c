import { describe, expect, it } from 'vitest';
import { machineOf } from './machine-flags.ts';
import { readTrust } from './trust.ts';

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
