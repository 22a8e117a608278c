import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FakeIntel, fakeIntel } from '@gaiwan/attestation-kit/machines';
import type { Measured } from '@gaiwan/trust';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sealedRootKey } from '../sealing/index.ts';
import { gramineDouble } from '../testing/gramine-double.ts';
import { TsmDouble } from '../testing/tsm-double.ts';
import { detectTee, type Interfaces } from './detect.ts';
import { openMachine } from './machine.ts';

const program: Measured = { bundle: 'ab'.repeat(32), configuration: 'cd'.repeat(32) };
let intel: FakeIntel;
let folder: string;
beforeAll(async () => {
  intel = await fakeIntel();
  folder = await mkdtemp(join(tmpdir(), 'gaiwan-interfaces-'));
  for (const device of ['nsm', 'tpm']) await writeFile(join(folder, device), '');
});
afterAll(() => rm(folder, { recursive: true }));

const nowhere = '/nowhere/at/all';
/** A processor: its sealing keys follow from its own secret and the enclave. */
const processor = (mrEnclave: string, key: Uint8Array = randomBytes(16), type = 'dcap') =>
  gramineDouble({
    type,
    keys: { _sgx_mrenclave: key },
    quote: (reportData) => intel.quote({ tee: 'sgx', reportData, mrEnclave }),
  });
const guest = (provider: string) =>
  new TsmDouble(provider, (inblob) => intel.quote({ reportData: Buffer.from(inblob).toString('hex') })).files;

/** A machine with some of the interfaces, and none of the others. */
const having = (...kinds: readonly string[]): { tpm: string; interfaces: Interfaces } => {
  const has = (kind: string) => kinds.includes(kind);
  const provider = { tdx: 'tdx_guest', snp: 'sev_guest', cca: 'arm_cca_guest' }[
    kinds.find((kind) => ['tdx', 'snp', 'cca'].includes(kind)) ?? ''
  ];
  return {
    tpm: has('tpm') ? join(folder, 'tpm') : nowhere,
    interfaces: {
      gramine: has('sgx') ? { files: processor('ee'.repeat(32)) } : { base: nowhere },
      configfs: provider === undefined ? { base: nowhere } : { files: guest(provider) },
      nsm: has('nitro') ? join(folder, 'nsm') : nowhere,
    },
  };
};

describe('--tee auto', () => {
  const order = ['sgx', 'tdx', 'nitro', 'tpm'];
  const subsets = Array.from({ length: 2 ** order.length }, (_, bits) =>
    order.filter((_kind, index) => bits & (1 << index)),
  );

  it.each(subsets.map((kinds) => ({ kinds, first: kinds[0] ?? 'no-tee' })))(
    'of $kinds takes $first',
    async ({ kinds, first }) => {
      const { tpm, interfaces } = having(...kinds);
      const found = await detectTee(tpm, interfaces).catch((error: { code: string }) => error.code);
      expect(found).toBe(first);
    },
  );

  it.each(['snp', 'cca'])('knows a guest of the kind %s', async (kind) => {
    const { tpm, interfaces } = having(kind, 'nitro', 'tpm');
    expect(await detectTee(tpm, interfaces)).toBe(kind);
  });

  it('opens a machine under Gramine, and one with configfs-tsm', async () => {
    for (const kind of ['sgx', 'tdx']) {
      const { tpm, interfaces } = having(kind);
      const machine = await openMachine({ tee: 'auto', tpm }, program, interfaces);
      expect(machine.attester.kind).toBe(kind);
      expect(machine.sealer !== undefined).toBe(kind === 'sgx');
    }
  });

  it('falls back to nothing where Gramine cannot attest: not to a TPM, not to simulation', async () => {
    const { tpm, interfaces } = having('tpm');
    const gramine = { files: processor('ee'.repeat(32), randomBytes(16), 'none') };
    await expect(
      openMachine({ tee: 'auto', tpm }, program, { ...interfaces, gramine }),
    ).rejects.toMatchObject({ code: 'not-available' });
  });

  it('is not what another kind that was asked for gets', async () => {
    const { interfaces } = having('snp');
    await expect(openMachine({ tee: 'tdx' }, program, interfaces)).rejects.toMatchObject({ code: 'no-tee' });
  });
});

describe('sealing under Gramine', () => {
  const [one, other] = ['11'.repeat(32), '22'.repeat(32)];
  const machine = (mrEnclave: string, key: Uint8Array) =>
    openMachine({ tee: 'sgx' }, program, { gramine: { files: processor(mrEnclave, key) } });

  it('opens for the same enclave on the same processor', async () => {
    const key = randomBytes(16);
    const first = await machine(one, key);
    expect(first.registers).toMatchObject({ mrEnclave: one });
    expect(first.sealerFor).toBeUndefined();
    const path = join(folder, 'root.sealed');
    const [made] = await sealedRootKey(path, first.sealer as never).load({ create: true });
    const again = await machine(one, key);
    const [found] = await sealedRootKey(path, again.sealer as never).load({ create: false });
    expect(found?.bytes).toEqual(made?.bytes);
  });

  it('is kept back from another enclave, and the error names the register', async () => {
    const key = randomBytes(16);
    const blob = await (await machine(one, key)).sealer?.seal(randomBytes(32));
    const changed = await machine(other, randomBytes(16));
    await expect(changed.sealer?.unseal(blob as Uint8Array)).rejects.toMatchObject({
      code: 'wrong-measurement',
      registers: ['mrEnclave'],
      message: expect.stringContaining(`mrEnclave is ${other}, sealed to ${one}`),
    });
    // One that says it is the other has another key of the processor's.
    const forged = Buffer.from(
      Buffer.from(blob as Uint8Array)
        .toString('latin1')
        .replace(one, other),
      'latin1',
    );
    await expect(changed.sealer?.unseal(forged)).rejects.toMatchObject({ code: 'not-unsealable' });
  });

  it('does not open on another processor, nor without its key', async () => {
    const blob = (await (await machine(one, randomBytes(16))).sealer?.seal(randomBytes(32))) as Uint8Array;
    const elsewhere = await machine(one, randomBytes(16));
    await expect(elsewhere.sealer?.unseal(blob)).rejects.toMatchObject({ code: 'not-unsealable' });
    const zero = await machine(one, new Uint8Array(16));
    await expect(zero.sealer?.unseal(blob)).rejects.toMatchObject({ code: 'failed' });
  });
});
