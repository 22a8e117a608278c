import { randomBytes } from 'node:crypto';
import { type Endorsements, type Evidence, verify } from '@gaiwan/attestation';
import { FAKE_NOW, fakeAmd, fakeArm, fakeIntel } from '@gaiwan/attestation-kit/machines';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { gramineDouble } from '../testing/gramine-double.ts';
import { TsmDouble } from '../testing/tsm-double.ts';
import { configfsAttester, detectConfigfs } from './configfs.ts';
import { gramineAttester, gramineSealingKey } from './gramine.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const reportData = new Uint8Array(randomBytes(64));

let intel: Awaited<ReturnType<typeof fakeIntel>>;
beforeAll(async () => {
  intel = await fakeIntel();
});
const verdict = async (evidence: Evidence, endorsements: Endorsements, roots: object) => {
  const verified = await verify(evidence, endorsements, { at: FAKE_NOW, roots });
  return verified.verdict === 'refused' ? verified.reason : verified.kind;
};

describe('configfs-tsm as attester', () => {
  let tsm: TsmDouble;
  beforeEach(() => {
    tsm = new TsmDouble('tdx_guest', (inblob) => intel.quote({ reportData: hex(inblob) }));
  });
  const attester = () => configfsAttester({ files: tsm.files, wait: 1 });

  it('TDX: a quote that verifies, and nothing is left behind', async () => {
    const made = await attester();
    expect(made.kind).toBe('tdx');
    const { evidence } = await made.evidence(reportData);
    expect(await verdict(evidence, await intel.endorsements('tdx'), { intel: [intel.root.der] })).toBe('tdx');
    expect(tsm.folders.size).toBe(0);
  });

  it('SEV-SNP: a report, and the certificates that the host handed over', async () => {
    const amd = await fakeAmd();
    const snp = new TsmDouble('sev_guest', (inblob) => amd.report({ reportData: hex(inblob) }));
    snp.faults.auxblob = new Uint8Array(24);
    const made = await configfsAttester({ files: snp.files, privlevel: 1 });
    const { evidence, endorsements } = await made.evidence(reportData);
    expect(made.kind).toBe('snp');
    expect(endorsements).toEqual({ certificateTable: new Uint8Array(24) });
    expect(await verdict(evidence, await amd.endorsements(), { amd: [amd.ark.der] })).toBe('snp');
    snp.faults = {};
    expect((await made.evidence(reportData)).endorsements).toBeUndefined();
  });

  it('Arm CCA: a token', async () => {
    const arm = await fakeArm();
    const cca = new TsmDouble('arm_cca_guest', (challenge) => arm.cca({ challenge }));
    const { evidence } = await (await configfsAttester({ files: cca.files })).evidence(reportData);
    expect(await verdict(evidence, { publicKey: arm.platformKey.spki }, {})).toBe('cca');
  });

  it('a report about what somebody else wrote before, where the kernel threw ours away, of a kind that nobody takes apart', async () => {
    const arm = await fakeArm();
    const cca = new TsmDouble('arm_cca_guest', (challenge) => arm.cca({ challenge }));
    const made = await configfsAttester({ files: cca.files });
    cca.faults = { dropInblob: true, writtenBefore: true };
    await expect(made.evidence(reportData)).rejects.toMatchObject({
      code: 'interference',
      message: expect.stringContaining('from 1 to 1'),
    });
  });

  it('many at once do not get in each other’s way', async () => {
    const made = await attester();
    await Promise.all(
      Array.from({ length: 50 }, async () => {
        const data = new Uint8Array(randomBytes(64));
        const { evidence } = await made.evidence(data);
        expect(evidence.kind === 'dcap' && hex(evidence.quote)).toContain(hex(data));
      }),
    );
    expect(tsm.folders.size).toBe(0);
  });

  it('a machine that is busy is asked again, and not for ever', async () => {
    const made = await attester();
    tsm.faults.busy = ['EBUSY', 'ETIMEDOUT', 'EINTR'];
    expect((await made.evidence(reportData)).evidence.kind).toBe('dcap');
    tsm.faults.busy = Array.from({ length: 20 }, () => 'EBUSY');
    await expect(made.evidence(reportData)).rejects.toMatchObject({ code: 'busy' });
    expect(tsm.folders.size).toBe(0);
  });

  it.each<[string, TsmDouble['faults'], string]>([
    ['a refused inblob, of which the kernel says nothing', { dropInblob: true }, 'failed'],
    ['somebody else who writes', { otherWriter: true }, 'interference'],
    ['a refused inblob where somebody else’s is', { dropInblob: true, writtenBefore: true }, 'interference'],
    ['a report about something else', { swap: true }, 'interference'],
    ['an error of the driver', { busy: ['EINVAL'] }, 'failed'],
    ['no right to', { noRoot: true }, 'not-permitted'],
    ['a driver that was unloaded', { provider: '' }, 'not-available'],
  ])('%s: %s', async (_what, faults, expected) => {
    const made = await attester();
    tsm.faults = faults;
    await expect(made.evidence(reportData)).rejects.toMatchObject({ name: 'AttesterError', code: expected });
    expect(tsm.folders.size).toBe(0);
  });

  it('what is no evidence, no 64 bytes, no driver that is known, no machine', async () => {
    const junk = new TsmDouble('tdx_guest', async () => new Uint8Array(100));
    await expect((await configfsAttester({ files: junk.files })).evidence(reportData)).rejects.toMatchObject({
      code: 'failed',
    });
    await expect((await attester()).evidence(new Uint8Array(65))).rejects.toMatchObject({
      code: 'bad-report-data',
    });
    const other = new TsmDouble('riscv_guest', async () => new Uint8Array());
    await expect(configfsAttester({ files: other.files })).rejects.toMatchObject({ code: 'not-available' });
    expect(await detectConfigfs({ files: other.files })).toBeUndefined();
    expect(await detectConfigfs({ files: tsm.files })).toBe('tdx');
    await expect(configfsAttester({ base: '/nowhere/tsm/report' })).rejects.toMatchObject({
      code: 'not-available',
    });
    expect(await detectConfigfs({ base: '/nowhere/tsm/report' })).toBeUndefined();
  });

  it('a machine that does not let itself be asked is not taken for none', async () => {
    tsm.faults = { noRoot: true };
    await expect(detectConfigfs({ files: tsm.files })).rejects.toMatchObject({
      name: 'AttesterError',
      code: 'not-permitted',
    });
  });
});

describe('Gramine as attester', () => {
  const gramine = (type = 'dcap', keys: Record<string, Uint8Array> = {}) =>
    gramineDouble({ type, keys, quote: (data) => intel.quote({ tee: 'sgx', reportData: data }) });

  it('a quote that verifies', async () => {
    const { evidence } = await gramineAttester({ files: gramine() }).evidence(reportData);
    expect(await verdict(evidence, await intel.endorsements('sgx'), { intel: [intel.root.der] })).toBe('sgx');
  });

  it('requests at once get each their own, which without turns they would not', async () => {
    const files = gramine();
    const [a, b] = [new Uint8Array(64).fill(1), new Uint8Array(64).fill(2)];
    await Promise.all([a, b].map((data) => files.write('user_report_data', data)));
    const careless = await Promise.all(
      [a, b].map(async (data) => hex(await files.read('quote')).includes(hex(data))),
    );
    expect(careless.filter(Boolean)).toHaveLength(1);
    const [one, two] = [gramineAttester({ files }), gramineAttester({ files })];
    await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const data = new Uint8Array(randomBytes(64));
        const { evidence } = await (index % 2 ? one : two).evidence(data);
        expect(evidence.kind === 'dcap' && hex(evidence.quote)).toContain(hex(data));
      }),
    );
  });

  it('says what is missing', async () => {
    const code = async (files: ReturnType<typeof gramine>) =>
      gramineAttester({ files })
        .evidence(reportData)
        .then(
          () => 'ok',
          (error: { code: string }) => error.code,
        );
    expect(await code(gramine('none'))).toBe('not-available');
    expect(await code({ ...gramine(), write: async () => undefined })).toBe('interference');
    const good = gramine();
    expect(
      await code({
        ...good,
        read: async (path) => (path.endsWith('quote') ? new Uint8Array(9) : good.read(path)),
      }),
    ).toBe('failed');
    await expect(gramineAttester({ base: '/nowhere' }).evidence(reportData)).rejects.toMatchObject({
      code: 'not-available',
    });
    await expect(gramineAttester().evidence(new Uint8Array(1))).rejects.toMatchObject({
      code: 'bad-report-data',
    });
  });

  it('sealing keys: 16 bytes, not zeros', async () => {
    const keys = { _sgx_mrenclave: new Uint8Array(16).fill(3), _sgx_mrsigner: new Uint8Array(16) };
    const files = gramine('dcap', keys);
    expect(await gramineSealingKey('_sgx_mrenclave', { files })).toEqual(keys._sgx_mrenclave);
    await expect(gramineSealingKey('_sgx_mrsigner', { files })).rejects.toMatchObject({ code: 'failed' });
    await expect(gramineSealingKey('_sgx_mrenclave', { files: gramine() })).rejects.toMatchObject({
      code: 'not-available',
    });
  });
});
