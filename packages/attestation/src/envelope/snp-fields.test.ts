/** SNP reports that serializers took apart: Confidential Containers' agent (the sev crate), go-sev-guest's JSON. */
import { FAKE_NOW, type FakeAmd, fakeAmd } from '@gaiwan/attestation-kit/machines';
import { beforeAll, describe, expect, it } from 'vitest';
import { toHex, utf8Bytes } from '../bytes.ts';
import { Refusal } from '../refusal.ts';
import type { Product } from '../snp/product.ts';
import { parseSnpReport } from '../snp/report.ts';
import { verify } from '../verify.ts';
import { openEvidence } from './open.ts';
import { snpReportOfFields } from './snp-fields.ts';

let machines: Record<Product, FakeAmd>;
beforeAll(async () => {
  const [Milan, Genoa, Turin] = await Promise.all([
    fakeAmd(),
    fakeAmd({ product: 'Genoa', kind: 'VLEK' }),
    fakeAmd({ product: 'Turin' }),
  ]);
  machines = { Milan, Genoa, Turin };
});

const list = (bytes: Uint8Array) => [...bytes];
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

function reader(report: Uint8Array) {
  const view = new DataView(report.buffer, report.byteOffset);
  return {
    u8: (at: number) => view.getUint8(at),
    u32: (at: number) => view.getUint32(at, true),
    u64: (at: number) => view.getBigUint64(at, true),
    bytes: (at: number, size: number) => report.subarray(at, at + size),
  };
}

/** As the sev crate serializes it: older releases spread the firmware's versions, newer ones nest them. */
function ofSevCrate(report: Uint8Array, product: Product, nested: boolean): Record<string, unknown> {
  const { u8, u32, u64, bytes } = reader(report);
  const tcb = (at: number) =>
    product === 'Turin'
      ? { fmc: u8(at), bootloader: u8(at + 1), tee: u8(at + 2), snp: u8(at + 3), microcode: u8(at + 7) }
      : { fmc: null, bootloader: u8(at), tee: u8(at + 1), snp: u8(at + 6), microcode: u8(at + 7) };
  const spread = (at: number, name: string) => ({
    [`${name}_build`]: u8(at),
    [`${name}_minor`]: u8(at + 1),
    [`${name}_major`]: u8(at + 2),
  });
  const version = (at: number) => ({ build: u8(at), minor: u8(at + 1), major: u8(at + 2) });
  return {
    version: u32(0),
    guest_svn: u32(4),
    policy: Number(u64(8)),
    family_id: list(bytes(0x10, 16)),
    image_id: list(bytes(0x20, 16)),
    vmpl: u32(0x30),
    sig_algo: u32(0x34),
    current_tcb: tcb(0x38),
    plat_info: Number(u64(0x40)),
    ...(nested ? { key_info: u32(0x48) } : { _author_key_en: u32(0x48), _reserved_0: 0 }),
    report_data: list(bytes(0x50, 64)),
    measurement: list(bytes(0x90, 48)),
    host_data: list(bytes(0xc0, 32)),
    id_key_digest: list(bytes(0xe0, 48)),
    author_key_digest: list(bytes(0x110, 48)),
    report_id: list(bytes(0x140, 32)),
    report_id_ma: list(bytes(0x160, 32)),
    reported_tcb: tcb(0x180),
    ...(u32(0) > 2
      ? { cpuid_fam_id: u8(0x188), cpuid_mod_id: u8(0x189), cpuid_step: u8(0x18a) }
      : { cpuid_fam_id: null }),
    chip_id: list(bytes(0x1a0, 64)),
    committed_tcb: tcb(0x1e0),
    ...(nested
      ? { current: version(0x1e8), committed: version(0x1ec) }
      : { ...spread(0x1e8, 'current'), ...spread(0x1ec, 'committed') }),
    launch_tcb: tcb(0x1f0),
    launch_mit_vector: null,
    current_mit_vector: null,
    signature: { r: list(bytes(0x2a0, 72)), s: list(bytes(0x2e8, 72)) },
  };
}

/** As protobuf's JSON has it: camel case, base64, long numbers as texts, zeros left out. */
function ofGoSevGuest(report: Uint8Array): Record<string, unknown> {
  const { u8, u32, u64, bytes } = reader(report);
  const [family, model, stepping] = [u8(0x188), u8(0x189), u8(0x18a)];
  const fms = ((family - 15) << 20) | ((model >> 4) << 16) | (15 << 8) | ((model & 15) << 4) | stepping;
  const fields: Record<string, unknown> = {
    version: u32(0),
    guestSvn: u32(4),
    policy: String(u64(8)),
    familyId: base64(bytes(0x10, 16)),
    imageId: base64(bytes(0x20, 16)),
    vmpl: u32(0x30),
    signatureAlgo: u32(0x34),
    currentTcb: String(u64(0x38)),
    platformInfo: String(u64(0x40)),
    signerInfo: u32(0x48),
    reportData: base64(bytes(0x50, 64)),
    measurement: base64(bytes(0x90, 48)),
    hostData: base64(bytes(0xc0, 32)),
    idKeyDigest: base64(bytes(0xe0, 48)),
    authorKeyDigest: base64(bytes(0x110, 48)),
    reportId: base64(bytes(0x140, 32)),
    reportIdMa: base64(bytes(0x160, 32)),
    reportedTcb: String(u64(0x180)),
    chipId: base64(bytes(0x1a0, 64)),
    committedTcb: String(u64(0x1e0)),
    launchTcb: String(u64(0x1f0)),
    signature: base64(bytes(0x2a0, 512)),
    cpuid1eaxFms: fms,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== 0 && value !== '0'));
}

describe('M2: fields of a report', () => {
  it.each(['Milan', 'Genoa', 'Turin'] as const)('%s: the bytes that the chip signed', async (product) => {
    const machine = machines[product];
    for (const version of product === 'Milan' ? [2, 3, 4, 5] : [3, 5]) {
      const report = await machine.report({ version, reportData: 'a5'.repeat(64), platformInfo: 0x27n });
      const wholes = [
        { attestation_report: ofSevCrate(report, product, false), cert_chain: null },
        { attestation_report: ofSevCrate(report, product, true) },
        ...(version > 2 ? [{ report: ofGoSevGuest(report), product: { name: 'SEV_PRODUCT' } }] : []),
      ];
      for (const whole of wholes) {
        const { evidence } = openEvidence(utf8Bytes(JSON.stringify(whole)));
        if (evidence.kind !== 'snp') expect.fail(evidence.kind);
        expect(toHex(evidence.report)).toBe(toHex(report));
        const options = { at: FAKE_NOW, roots: { amd: [machine.ark.der] } };
        expect(await verify(evidence, await machine.endorsements(), options)).toMatchObject({
          verdict: 'verified',
        });
      }
    }
  });

  it('what cannot be read exactly is refused by its name', async () => {
    const fields = ofSevCrate(await machines.Milan.report(), 'Milan', false);
    const refused = (changes: Record<string, unknown>): string => {
      try {
        snpReportOfFields({ ...fields, ...changes });
      } catch (error) {
        if (error instanceof Refusal) return error.message;
        throw error;
      }
      return 'read';
    };
    expect(refused({})).toBe('read');
    for (const [name, value] of [
      ['policy', 2 ** 53],
      ['policy', -1],
      ['policy', '99999999999999999999'],
      ['vmpl', 2 ** 32],
      ['vmpl', 0.5],
      ['family_id', [1, 2]],
      ['host_data', 'zz'],
      ['current_tcb', { bootloader: 1, tee: 0, snp: 256, microcode: 1 }],
      ['current_tcb', { bootloader: 1 }],
      ['signature', { r: [], s: [] }],
      ['signature', null],
    ] as const)
      expect(refused({ [name]: value })).toContain((name.split('_').at(-1) as string).slice(0, 3));
    for (const other of [null, [], 'text', {}, { signature: 1, measurement: 2 }])
      expect(snpReportOfFields(other)).toBeUndefined();
  });

  it('a field that was changed does not verify', async () => {
    const machine = machines.Milan;
    const fields = ofSevCrate(await machine.report(), 'Milan', true);
    const report = snpReportOfFields({ ...fields, vmpl: 1 });
    if (report === undefined) expect.fail('no report');
    expect(parseSnpReport(report).vmpl).toBe(1);
    const options = { at: FAKE_NOW, roots: { amd: [machine.ark.der] } };
    expect(await verify({ kind: 'snp', report }, await machine.endorsements(), options)).toMatchObject({
      reason: 'report-signature',
    });
  });
});
