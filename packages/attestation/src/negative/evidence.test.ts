import {
  ecKey,
  type FakeAmd,
  type FakeAws,
  type FakeIntel,
  fakeAmd,
  fakeAws,
  fakeEventLog,
  fakeIntel,
} from '@gaiwan/attestation-kit/machines';
import { beforeAll, describe, expect, it } from 'vitest';
import { appraisal, flipped, genuine, judge } from '../../test/verdicts.ts';
import { appraise } from '../appraise/appraise.ts';
import { PolicyError } from '../appraise/policy.ts';
import { concat } from '../bytes.ts';
import { parseQuote } from '../dcap/quote.ts';
import { verifyEventLog } from '../eventlog/verify.ts';
import { Refusal } from '../refusal.ts';
import { contextOf } from '../verdict.ts';

let intel: FakeIntel;
let amd: FakeAmd;
let aws: FakeAws;
beforeAll(async () => {
  [intel, amd, aws] = await Promise.all([fakeIntel(), fakeAmd(), fakeAws()]);
});

const sgx = async (options: object = {}) =>
  genuine(await intel.quote({ tee: 'sgx', ...options }), await intel.endorsements('sgx'), {
    intel: [intel.root.der],
  });
const tdx = async (options: object = {}) =>
  genuine(await intel.quote(options), await intel.endorsements('tdx'), { intel: [intel.root.der] });
const snp = async (options: object = {}) =>
  genuine(await amd.report(options), await amd.endorsements(), { amd: [amd.ark.der] });
const nitro = async (options: object = {}) =>
  genuine(await aws.document(options), {}, { aws: [aws.root.der] });
const any = { anyMeasurement: true };

describe('group 16: debug and what else the body says', () => {
  const debugPcrs = new Map(Array.from({ length: 16 }, (_, i) => [i, new Uint8Array(48)]));
  it.each([
    ['an SGX enclave', () => sgx({ attributes: '0700000000000000e700000000000000' })],
    ['a TD', () => tdx({ attributes: '0100001000000000' })],
    ['an SNP guest', () => snp({ policy: 0xb0000n })],
    ['a Nitro enclave', () => nitro({ fields: { pcrs: debugPcrs } })],
  ])('%s in debug mode is genuine, and refused unless the policy says otherwise', async (_what, make) => {
    const verified = await make();
    expect(appraisal(verified, {})).toBe('policy-debug');
    expect(appraisal(verified, any)).toBe('policy-debug');
    expect(appraisal(verified, { ...any, allowDebug: false })).toBe('policy-debug');
    expect(appraisal(verified, { ...any, allowDebug: true })).toBe('accepted');
  });

  it('a migration agent, a migratable TD, a bound service TD', async () => {
    for (const verified of [await snp({ policy: 0x70000n }), await tdx({ attributes: '0000003000000000' })]) {
      expect(appraisal(verified, any)).toBe('policy-migration');
      expect(appraisal(verified, { ...any, allowMigration: true })).toBe('accepted');
    }
    const bound = await tdx({ version: 5, mrServiceTd: '5d'.repeat(48) });
    expect(appraisal(bound, any)).toBe('policy-migration');
    expect(appraisal(bound, { ...any, tdx: { mrServiceTds: ['5D'.repeat(48)] } })).toBe('accepted');
  });

  it('without a measurement in the policy, everything is refused', async () => {
    for (const verified of [await sgx(), await tdx(), await snp(), await nitro()]) {
      expect(appraisal(verified, {})).toBe('policy-measurement');
      expect(appraisal(verified, { measurements: [] })).toBe('policy-measurement');
      expect(appraisal(verified, any)).toBe('accepted');
    }
  });

  it('a set of registers must match whole', async () => {
    const verified = await tdx({ rtmrs: ['a0'.repeat(48), 'a1'.repeat(48)] });
    const mrTd = 'DD'.repeat(48);
    expect(appraisal(verified, { measurements: [{ mrTd, rtmr0: 'a0'.repeat(48) }] })).toBe('accepted');
    expect(appraisal(verified, { measurements: [{ mrTd, rtmr0: 'a1'.repeat(48) }] })).toBe(
      'policy-measurement',
    );
    // One register of each of two sets is no set.
    const sets = [
      { mrTd, rtmr0: 'bb'.repeat(48) },
      { mrTd: 'cc'.repeat(48), rtmr0: 'a0'.repeat(48) },
    ];
    expect(appraisal(verified, { measurements: sets })).toBe('policy-measurement');
    expect(appraisal(verified, { measurements: [{ pcr0: 'a0'.repeat(48) }] })).toBe('policy-measurement');
  });

  it('signers, product, version, seat of the guest', async () => {
    const enclave = await sgx();
    expect(appraisal(enclave, { ...any, signers: ['AB'.repeat(32)] })).toBe('accepted');
    expect(appraisal(enclave, { ...any, signers: ['ac'.repeat(32)] })).toBe('policy-signer');
    expect(appraisal(enclave, { ...any, sgx: { isvProdId: 2 } })).toBe('policy-measurement');
    expect(appraisal(enclave, { ...any, sgx: { minimumIsvSvn: 3 } })).toBe('policy-tcb');
    expect(appraisal(await snp({ vmpl: 1 }), any)).toBe('policy-vmpl');
    expect(appraisal(await snp({ vmpl: 1 }), { ...any, snp: { vmpls: [1] } })).toBe('accepted');
    expect(appraisal(await snp({ platformInfo: 5n }), { ...any, snp: { requireAliasCheck: true } })).toBe(
      'policy-platform',
    );
    expect(appraisal(await snp(), { ...any, snp: { allowSmt: false } })).toBe('policy-platform');
    expect(appraisal(await snp(), { ...any, snp: { minimumAbi: '0.31' } })).toBe('policy-platform');
    const clear = await tdx({ attributes: '0000000000000000' });
    expect(appraisal(clear, any)).toBe('accepted');
    expect(appraisal(clear, { ...any, tdx: { requireSeptVeDisable: true } })).toBe('policy-platform');
  });

  it('a policy with a field that does not exist is refused whole', async () => {
    const verified = await snp();
    expect(() => appraise(verified, { ...any, measurment: [] } as never)).toThrow(PolicyError);
    expect(() => appraise(verified, { ...any, snp: { vmpl: [0] } } as never)).toThrow(PolicyError);
    expect(() => appraise(verified, { measurements: [{}] })).toThrow(PolicyError);
  });

  it.each([
    [{ tcb: { statuses: 'OutOfDateConfigurationNeeded' } }],
    [{ measurements: { measurement: '3e' } }],
    [{ measurements: [{ measurement: 'not hex' }] }],
    [{ anyMeasurement: 'yes' }],
    [{ nonce: 5 }],
    [{ nonce: 'abc' }],
    [{ maximumAge: Number.NaN }],
    [{ snp: { vmpls: 0 } }],
    [{ snp: { minimumTcb: { microcod: 5 } } }],
    [{ snp: { minimumTcb: { Milan: { microcode: '5' } } } }],
    [{ snp: { minimumTcb: { Rome: { microcode: 5 } } } }],
    [{ snp: { minimumAbi: '1' } }],
    [{ snp: null }],
    [{ tcb: { minimumDate: 'soon' } }],
    [{ identity: { chipIds: 'c1' } }],
    [null],
    [[]],
    [JSON.parse('{"__proto__": {"anyMeasurement": true}}')],
  ])('a policy that holds what it cannot is refused whole: %j', async (policy) => {
    const verified = await snp();
    expect(() => appraise(verified, policy as never)).toThrow(PolicyError);
  });
});

describe('group 17: lengths that lie', () => {
  const verdict = (quote: Uint8Array) =>
    intel.endorsements('tdx').then((e) => judge({ kind: 'dcap', quote }, e, { intel: [intel.root.der] }));
  const SIGNATURE_LENGTH = 48 + 584;
  const AUTH_LENGTH = SIGNATURE_LENGTH + 4 + 128 + 6 + 384 + 64;
  const set = (bytes: Uint8Array, at: number, value: number, size: 2 | 4) => {
    const copy = Uint8Array.from(bytes);
    const view = new DataView(copy.buffer);
    if (size === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    return copy;
  };

  it.each([
    ['signature data beyond the buffer', SIGNATURE_LENGTH, 0xffffffff, 4],
    ['signature data one byte too long', SIGNATURE_LENGTH, -1, 4],
    ['no signature data', SIGNATURE_LENGTH, 0, 4],
    ['65535 bytes of authentication data', AUTH_LENGTH, 65535, 2],
    ['no authentication data', AUTH_LENGTH, 0, 2],
    ['certification data of 4 GiB', AUTH_LENGTH + 2 + 32 + 2, 0xffffffff, 4],
    ['certification data of 0 bytes', AUTH_LENGTH + 2 + 32 + 2, 0, 4],
    ['outer certification data that is shorter', SIGNATURE_LENGTH + 4 + 128 + 2, 500, 4],
    ['another type of certification data', SIGNATURE_LENGTH + 4 + 128, 5, 2],
  ] as const)('%s', async (_what, at, value, size) => {
    const quote = await intel.quote();
    const real = value === -1 ? new DataView(quote.buffer).getUint32(at, true) + 1 : value;
    expect(await verdict(set(quote, at, real, size))).toBe('malformed');
  });

  it('a cut at every offset', async () => {
    const quote = await intel.quote();
    for (let end = 0; end < quote.length; end += 13)
      expect(await verdict(quote.subarray(0, end))).toBe('malformed');
    expect(await verdict(quote.subarray(0, -1))).toBe('malformed');
  });

  it('padding after the quote is allowed and told, bytes inside the signature data are not', async () => {
    const quote = await intel.quote();
    const padded = await genuine(concat(quote, new Uint8Array(70)), await intel.endorsements('tdx'), {
      intel: [intel.root.der],
    });
    expect(padded.claims['trailingBytes']).toEqual({ length: 70, allZero: true });
    const inside = set(
      concat(quote, new Uint8Array(4)),
      SIGNATURE_LENGTH,
      quote.length - SIGNATURE_LENGTH,
      4,
    );
    expect(await verdict(inside)).toBe('malformed');
  });

  it('a quote without a certificate of its key says so', async () => {
    const bare = await intel.quote({ certificationType: 3, certificationData: new Uint8Array(404) });
    expect(await verdict(bare)).toBe('pck-certificate-needed');
  });
});

describe('group 18: SNP reports', () => {
  const verdict = async (bytes: Uint8Array) =>
    judge({ kind: 'snp', report: bytes }, await amd.endorsements(), { amd: [amd.ark.der] });

  it.each([
    ['a byte above the 48 of r', 0x2a0 + 48],
    ['a byte above the 48 of s', 0x2e8 + 71],
    ['a bit of r', 0x2a0],
    ['a bit of the measurement', 0x90],
  ])('%s', async (_what, at) => {
    expect(await verdict(flipped(await amd.report(), at))).toBe('report-signature');
  });

  it('r, s or both zero or above the order', async () => {
    const report = await amd.report();
    for (const [from, to, fill] of [
      [0x2a0, 0x2e8, 0],
      [0x2e8, 0x330, 0],
      [0x2a0, 0x2d0, 0xff],
      [0x2e8, 0x318, 0xff],
    ] as const) {
      expect(await verdict(Uint8Array.from(report).fill(fill, from, to))).toBe('report-signature');
    }
  });

  it('no signing key, another algorithm, unknown versions, another size', async () => {
    expect(await verdict(await amd.report({ keyInfo: 7 << 2 }))).toBe('unsupported-key-type');
    expect(await verdict(await amd.report({ signatureAlgorithm: 2 }))).toBe('unsupported-algorithm');
    expect(await verdict(await amd.report({ version: 1 }))).toBe('unsupported-version');
    expect(await verdict(await amd.report({ version: 9 }))).toBe('unsupported-version');
    expect(await verdict((await amd.report()).subarray(0, 1183))).toBe('malformed');
  });

  it.each([2, 3, 5])('version %i is accepted', async (version) => {
    expect(await verdict(await amd.report({ version }))).toBe('verified');
  });

  it('the certificate is of the REPORTED TCB, part by part', async () => {
    const { tcb } = amd;
    const lower = { ...tcb, microcode: tcb.microcode - 1 };
    const higher = { ...tcb, microcode: tcb.microcode + 1 };
    expect(await verdict(await amd.report({ reportedTcb: lower, currentTcb: tcb, committedTcb: tcb }))).toBe(
      'vcek-mismatch',
    );
    expect(await verdict(await amd.report({ currentTcb: higher, committedTcb: higher }))).toBe('verified');
    // As one number this would be larger.
    expect(await verdict(await amd.report({ reportedTcb: { ...higher, bootloader: 3 } }))).toBe(
      'vcek-mismatch',
    );
  });

  it('a TCB that was rolled back is for policy', async () => {
    const { tcb } = amd;
    const verified = await snp({ committedTcb: { ...tcb, snp: tcb.snp - 1 } });
    expect(appraisal(verified, any)).toBe('policy-tcb');
  });

  it('another signer, policy bit 17 missing', async () => {
    expect(await verdict(await amd.report({ signer: await ecKey('P-384') }))).toBe('report-signature');
    expect(await verdict(await amd.report({ policy: 0x10000n }))).toBe('malformed');
  });
});

describe('group 19: minimum TCB and revocation are there to be asked for', () => {
  it('SNP: each part, per product', async () => {
    const verified = await snp();
    const { tcb } = amd;
    expect(appraisal(verified, { ...any, snp: { minimumTcb: tcb } })).toBe('accepted');
    for (const part of ['bootloader', 'tee', 'snp', 'microcode'] as const) {
      expect(
        appraisal(verified, { ...any, snp: { minimumTcb: { ...tcb, [part]: tcb[part] + 1 } } }),
        part,
      ).toBe('policy-tcb');
    }
    expect(appraisal(verified, { ...any, snp: { minimumTcb: { Milan: tcb } } })).toBe('accepted');
    expect(appraisal(verified, { ...any, snp: { minimumTcb: { Genoa: tcb } } })).toBe('policy-tcb');
  });

  it('SNP: a list that was not given is told', async () => {
    const { amdCrl: _none, ...endorsements } = await amd.endorsements();
    const unchecked = await genuine(await amd.report(), endorsements, { amd: [amd.ark.der] });
    expect(appraisal(unchecked, { ...any, requireRevocation: true })).toBe('policy-revocation');
    expect(appraisal(await snp(), { ...any, requireRevocation: true })).toBe('accepted');
  });

  it('who may be at the other end', async () => {
    const verified = await snp();
    expect(appraisal(verified, { ...any, identity: { chipIds: [amd.chipId.toUpperCase()] } })).toBe(
      'accepted',
    );
    expect(appraisal(verified, { ...any, identity: { chipIds: [] } })).toBe('policy-identity');
    expect(appraisal(verified, { ...any, identity: { cspIds: ['CN=cc-test-1.example'] } })).toBe(
      'policy-identity',
    );
    expect(appraisal(await tdx(), { ...any, identity: { fmspcs: ['50806F000000'] } })).toBe('accepted');
    expect(appraisal(await tdx(), { ...any, identity: { platformInstanceIds: ['00'.repeat(16)] } })).toBe(
      'policy-identity',
    );
  });
});

describe('group 20: report data and nonces are compared whole', () => {
  const reportData = '1a2b'.repeat(16) + '00'.repeat(32);

  it('the field', async () => {
    const verified = await tdx({ reportData });
    expect(appraisal(verified, { ...any, reportData: reportData.toUpperCase() })).toBe('accepted');
    for (const wrong of [reportData.slice(0, 64), '', `${reportData}00`, reportData.replace('1', '2')]) {
      expect(appraisal(verified, { ...any, reportData: wrong })).toBe('policy-report-data');
    }
  });

  it('a nonce in it: then zeros', async () => {
    const verified = await snp({ reportData });
    const nonce = '1a2b'.repeat(16);
    expect(appraisal(verified, { ...any, nonce })).toBe('accepted');
    for (const wrong of [nonce.slice(0, 62), nonce.slice(0, 2), '', `${nonce.slice(0, 62)}2c`]) {
      expect(appraisal(verified, { ...any, nonce: wrong })).toBe('nonce-mismatch');
    }
  });

  it('evidence without a nonce never has the wanted one', async () => {
    expect(appraisal(await nitro(), { ...any, nonce: '00' })).toBe('nonce-mismatch');
    const verified = await nitro({ fields: { nonce: Uint8Array.of(1, 2) } });
    expect(appraisal(verified, { ...any, nonce: '0102' })).toBe('accepted');
    expect(appraisal(verified, { ...any, nonce: '01' })).toBe('nonce-mismatch');
    expect(appraisal(verified, { ...any, nonce: '010200' })).toBe('nonce-mismatch');
  });
});

describe('a log beside a TD quote', () => {
  it('leads to its RTMRs or is refused', async () => {
    const log = await fakeEventLog([{ register: 1, type: 4, data: new Uint8Array(4) }], 'sha384');
    const context = contextOf({ at: 0 });
    const { claims } = await verifyEventLog(log, undefined, context);
    const registers = claims['registers'] as { sha384: Record<string, string> };
    const quote = parseQuote(await intel.quote({ rtmrs: [registers.sha384['1'] as string] }));
    const other = parseQuote(await intel.quote({ rtmrs: ['00'.repeat(48)] }));
    if (quote.tee !== 'tdx' || other.tee !== 'tdx') throw new Error('not a TD');
    await expect(verifyEventLog(log, quote.body, context)).resolves.toMatchObject({ eventDataTrusted: true });
    await expect(verifyEventLog(log, other.body, context)).rejects.toThrow(Refusal);
  });
});
