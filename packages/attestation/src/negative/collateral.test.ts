import {
  ecKey,
  FAKE_NOW,
  type FakeAmd,
  type FakeIntel,
  fakeAmd,
  fakeIntel,
  makeCertificate,
  makeCrl,
  pem,
  tcbLevel,
} from '@gaiwan/attestation-kit/machines';
import { beforeAll, describe, expect, it } from 'vitest';
import { appraisal, flipped, genuine, judge } from '../../test/verdicts.ts';
import { utf8Bytes } from '../bytes.ts';
import type { DcapEndorsements } from '../dcap/verify.ts';

let intel: FakeIntel;
let amd: FakeAmd;
let good: DcapEndorsements;
let quote: Uint8Array;
beforeAll(async () => {
  [intel, amd] = await Promise.all([fakeIntel(), fakeAmd()]);
  [good, quote] = await Promise.all([intel.endorsements('tdx'), intel.quote()]);
});

const roots = () => ({ intel: [intel.root.der] });
const withChange = (change: Partial<Record<keyof DcapEndorsements, Uint8Array | undefined>>) => {
  const changed = { ...good, ...change };
  return judge(
    quote,
    Object.fromEntries(Object.entries(changed).filter(([, value]) => value !== undefined)),
    roots(),
  );
};
const statusWith = async (change: Partial<DcapEndorsements>, evidence = quote) => {
  const verified = await genuine(evidence, { ...good, ...change }, roots());
  return verified.kind === 'tdx' ? verified.tcb : undefined;
};

describe('group 8: revocation lists', () => {
  it.each(['pckCrl', 'rootCrl'] as const)('%s: signed by another key', async (name) => {
    const issuer = name === 'pckCrl' ? intel.pckCa : intel.root;
    const forged = await makeCrl({ issuer: { subject: issuer.subject, key: await ecKey('P-256') } });
    expect(await withChange({ [name]: forged })).toBe('crl-signature');
  });

  it.each(['pckCrl', 'rootCrl'] as const)('%s: expired, not yet valid, without an end', async (name) => {
    const issuer = name === 'pckCrl' ? intel.pckCa : intel.root;
    expect(await withChange({ [name]: await makeCrl({ issuer, to: FAKE_NOW }) })).toBe('crl-expired');
    expect(await withChange({ [name]: await makeCrl({ issuer, from: FAKE_NOW + 1 + 999 }) })).toBe(
      'crl-not-yet-valid',
    );
    expect(await withChange({ [name]: await makeCrl({ issuer, to: null }) })).toBe('malformed');
  });

  it.each(['pckCrl', 'rootCrl'] as const)(
    '%s: absent, empty, truncated, trailing bytes, not a list',
    async (name) => {
      const crl = good[name] as Uint8Array;
      expect(await withChange({ [name]: undefined })).toBe('crl-missing');
      expect(await withChange({ [name]: new Uint8Array() })).toBe('crl-missing');
      expect(await withChange({ [name]: crl.subarray(0, crl.length - 1) })).toBe('malformed');
      expect(await withChange({ [name]: Uint8Array.from([...crl, 0]) })).toBe('malformed');
      expect(await withChange({ [name]: intel.root.der })).toBe('malformed');
    },
  );

  it('a bit anywhere in the signed part', async () => {
    const crl = good.pckCrl as Uint8Array;
    for (let at = 8; at < crl.length - 80; at += 7) {
      expect([
        'crl-signature',
        'crl-mismatch',
        'crl-expired',
        'malformed',
        'unsupported-algorithm',
      ]).toContain(await withChange({ pckCrl: flipped(crl, at) }));
    }
  });

  it('a huge one is refused by its size', async () => {
    const before = process.threadCpuUsage();
    expect(await withChange({ pckCrl: new Uint8Array(5 * 1024 * 1024).fill(0x30) })).toBe('malformed');
    const { user, system } = process.threadCpuUsage(before);
    expect(user + system).toBeLessThan(1_000_000);
  });

  it('of AMD: a revoked ASK, and a list of another product', async () => {
    const endorsements = await amd.endorsements();
    const verdict = async (amdCrl: Uint8Array) =>
      judge(await amd.report(), { ...endorsements, amdCrl }, { amd: [amd.ark.der] });
    expect(await verdict(await makeCrl({ issuer: amd.ark, revoked: [amd.ask.serial] }))).toBe('cert-revoked');
    expect(await verdict(await makeCrl({ issuer: { subject: 'ARK-Genoa', key: amd.ark.key } }))).toBe(
      'crl-mismatch',
    );
    expect(await verdict(await makeCrl({ issuer: amd.ark, to: FAKE_NOW }))).toBe('crl-expired');
  });
});

describe('group 9: list and certificate of different issuers', () => {
  it('the list of the Processor CA for a certificate of the Platform CA', async () => {
    const crl = await makeCrl({ issuer: { subject: 'Intel SGX PCK Processor CA', key: intel.pckCa.key } });
    expect(await withChange({ pckCrl: crl })).toBe('crl-mismatch');
  });

  it('lists that are exchanged', async () => {
    expect(await withChange({ pckCrl: good.rootCrl, rootCrl: good.pckCrl })).toBe('crl-mismatch');
  });
});

describe('group 10: revoked by whom', () => {
  it('a serial number in the list of another issuer does not count', async () => {
    const rootCrl = await makeCrl({ issuer: intel.root, revoked: [intel.pck.serial] });
    const pckCrl = await makeCrl({
      issuer: intel.pckCa,
      revoked: [intel.pckCa.serial, intel.tcbSigner.serial],
    });
    expect(await withChange({ rootCrl, pckCrl })).toBe('verified');
  });

  it('the same number in the right list does', async () => {
    expect(
      await withChange({ pckCrl: await makeCrl({ issuer: intel.pckCa, revoked: [intel.pck.serial] }) }),
    ).toBe('cert-revoked');
    for (const { serial } of [intel.pckCa, intel.tcbSigner]) {
      expect(await withChange({ rootCrl: await makeCrl({ issuer: intel.root, revoked: [serial] }) })).toBe(
        'cert-revoked',
      );
    }
  });
});

describe('group 11: who signed TCB Info and QE Identity', () => {
  it('not a PCK certificate, nor any other below the root', async () => {
    const key = await ecKey('P-256');
    const other = await makeCertificate({
      subject: 'Intel SGX PCK Certificate',
      key,
      issuer: intel.root,
      ca: false,
    });
    const tcbSigningChain = pem(other.der, intel.root.der);
    expect(await withChange({ tcbInfo: await intel.tcbInfo('tdx', {}, key), tcbSigningChain })).toBe(
      'tcb-signer',
    );
    const fromPck = pem(intel.pck.der, intel.pckCa.der, intel.root.der);
    expect(
      await withChange({ tcbInfo: await intel.tcbInfo('tdx', {}, intel.pck.key), tcbSigningChain: fromPck }),
    ).toBe('cert-chain');
  });

  it('another key under the right name', async () => {
    const stranger = await ecKey('P-256');
    expect(await withChange({ tcbInfo: await intel.tcbInfo('tdx', {}, stranger) })).toBe(
      'tcb-info-signature',
    );
    expect(await withChange({ qeIdentity: await intel.qeIdentity('tdx', {}, stranger) })).toBe(
      'qe-identity-signature',
    );
  });

  it('the signature is over the bytes as served', async () => {
    const served = new TextDecoder().decode(good.tcbInfo);
    const spaced = utf8Bytes(served.replace('{"id":"TDX",', '{"id": "TDX",'));
    expect(await withChange({ tcbInfo: spaced })).toBe('tcb-info-signature');
    // White space outside of the signed object is nobody's business.
    expect(
      await withChange({ tcbInfo: utf8Bytes(`\n ${served.replace('{"tcbInfo":', '{ "tcbInfo" : ')} \n`) }),
    ).toBe('verified');
  });

  it('a second object of the same name does not confuse', async () => {
    const served = new TextDecoder().decode(good.tcbInfo);
    const forged = served.replace('{"tcbInfo":', '{"tcbInfo":{"id":"TDX"},"tcbInfo":');
    expect(await withChange({ tcbInfo: utf8Bytes(forged) })).toBe('malformed');
    const escaped = served.replace('{"tcbInfo":', '{"tcb\\u0049nfo":{},"tcbInfo":');
    expect(await withChange({ tcbInfo: utf8Bytes(escaped) })).toBe('malformed');
  });

  it('deeply nested JSON is refused before it is parsed', async () => {
    const deep = `{"tcbInfo":${'['.repeat(100_000)}${']'.repeat(100_000)},"signature":"${'0'.repeat(128)}"}`;
    expect(await withChange({ tcbInfo: utf8Bytes(deep) })).toBe('malformed');
  });

  it('older endorsements: the policy names the lowest evaluation number', async () => {
    const verified = await genuine(
      quote,
      { ...good, qeIdentity: await intel.qeIdentity('tdx', { tcbEvaluationDataNumber: 12 }) },
      roots(),
    );
    const policy = { anyMeasurement: true, tcb: { minimumEvaluationNumber: 15 } };
    expect(appraisal(verified, policy)).toBe('policy-tcb');
    expect(appraisal(verified, { anyMeasurement: true, tcb: { minimumEvaluationNumber: 12 } })).toBe(
      'accepted',
    );
  });

  it('dates: before the issue, after the next update', async () => {
    const iso = (at: number) => new Date(at).toISOString().replace('.000Z', 'Z');
    expect(
      await withChange({ tcbInfo: await intel.tcbInfo('tdx', { issueDate: iso(FAKE_NOW + 1000) }) }),
    ).toBe('collateral-not-yet-valid');
    expect(await withChange({ tcbInfo: await intel.tcbInfo('tdx', { nextUpdate: iso(FAKE_NOW) }) })).toBe(
      'tcb-info-expired',
    );
    expect(
      await withChange({ qeIdentity: await intel.qeIdentity('tdx', { nextUpdate: iso(FAKE_NOW) }) }),
    ).toBe('qe-identity-expired');
    expect(
      await withChange({ qeIdentity: await intel.qeIdentity('tdx', { issueDate: iso(FAKE_NOW + 1000) }) }),
    ).toBe('collateral-not-yet-valid');
  });
});

describe('group 12: endorsements of something else', () => {
  it('another FMSPC, another PCE, SGX for TDX', async () => {
    expect(await withChange({ tcbInfo: await intel.tcbInfo('tdx', { fmspc: '00906ED50000' }) })).toBe(
      'tcb-info-mismatch',
    );
    expect(await withChange({ tcbInfo: await intel.tcbInfo('tdx', { pceId: '0001' }) })).toBe(
      'tcb-info-mismatch',
    );
    expect(await withChange({ tcbInfo: await intel.tcbInfo('sgx') })).toBe('tcb-info-mismatch');
  });

  it('the QE Identity of the other TEE, absent ones', async () => {
    expect(await withChange({ qeIdentity: await intel.qeIdentity('sgx') })).toBe('qe-identity-mismatch');
    expect(await withChange({ qeIdentity: undefined })).toBe('missing-collateral');
    expect(await withChange({ tcbInfo: undefined })).toBe('missing-collateral');
    expect(await withChange({ tcbSigningChain: undefined })).toBe('missing-collateral');
  });
});

describe('group 13: what TCB Info may contain', () => {
  const level = (change: object) => ({ ...tcbLevel(3, 'UpToDate', 'tdx'), ...change });
  const tcb = (change: object) => level({ tcb: { ...(tcbLevel(3, '', 'tdx')['tcb'] as object), ...change } });
  const svns = (count: number, svn = 3) => Array.from({ length: count }, () => ({ svn }));

  it.each([
    ['8 components', [tcb({ sgxtcbcomponents: svns(8) })], 'tcb-info-malformed'],
    ['17 components', [tcb({ tdxtcbcomponents: svns(17) })], 'tcb-info-malformed'],
    ['an SVN of 300', [tcb({ sgxtcbcomponents: svns(16, 300) })], 'tcb-info-malformed'],
    ['a negative SVN', [tcb({ sgxtcbcomponents: svns(16, -1) })], 'tcb-info-malformed'],
    ['an SVN of 1.5', [tcb({ sgxtcbcomponents: svns(16, 1.5) })], 'tcb-info-malformed'],
    ['an unknown status', [level({ tcbStatus: 'Fine' })], 'tcb-status-unknown'],
    ['no level', [], 'tcb-info-malformed'],
    ['no level that fits', [tcb({ sgxtcbcomponents: svns(16, 200) })], 'tcb-not-supported'],
    ['a PCE that is too new', [tcb({ pcesvn: 12 })], 'tcb-not-supported'],
  ])('%s', async (_what, tcbLevels, reason) => {
    expect(await withChange({ tcbInfo: await intel.tcbInfo('tdx', { tcbLevels }) })).toBe(reason);
  });

  it('a type and a version that do not exist', async () => {
    expect(await withChange({ tcbInfo: await intel.tcbInfo('tdx', { tcbType: 1 }) })).toBe(
      'tcb-info-malformed',
    );
    expect(await withChange({ tcbInfo: await intel.tcbInfo('tdx', { version: 4 }) })).toBe(
      'tcb-info-malformed',
    );
  });

  it('the first level that fits decides, and every component counts', async () => {
    const low = {
      ...tcbLevel(1, 'OutOfDate', 'tdx'),
      tcbDate: '2020-01-01T00:00:00Z',
      advisoryIDs: ['INTEL-SA-2', 'INTEL-SA-1'],
    };
    for (let index = 0; index < 16; index++) {
      const high = svns(16).map((component, i) => (i === index ? { svn: 6 } : component));
      const found = await statusWith({
        tcbInfo: await intel.tcbInfo('tdx', { tcbLevels: [tcb({ sgxtcbcomponents: high }), low] }),
      });
      expect(found).toMatchObject({
        tcbStatus: 'OutOfDate',
        advisoryIds: ['INTEL-SA-1', 'INTEL-SA-2'],
        tcbDate: '2020-01-01T00:00:00Z',
      });
    }
  });
});

describe('group 14: the TDX module', () => {
  const module = (change: object) => ({
    tdxModuleIdentities: [
      {
        id: 'TDX_01',
        mrsigner: '00'.repeat(48),
        attributes: '00'.repeat(8),
        attributesMask: 'ff'.repeat(8),
        tcbLevels: [{ tcb: { isvsvn: 3 }, tcbDate: '2019-02-01T00:00:00Z', tcbStatus: 'UpToDate' }],
        ...change,
      },
    ],
  });
  const levels = (tcbStatus: string) =>
    module({ tcbLevels: [{ tcb: { isvsvn: 3 }, tcbDate: '2019-02-01T00:00:00Z', tcbStatus }] });

  it('no identity for it, another signer, other attributes, too old', async () => {
    for (const change of [
      { tdxModuleIdentities: [] },
      module({ id: 'TDX_03' }),
      module({ mrsigner: '01'.repeat(48) }),
      module({ attributes: '01'.repeat(8) }),
    ]) {
      expect(await withChange({ tcbInfo: await intel.tcbInfo('tdx', change) })).toBe('tdx-module-mismatch');
    }
    const newer = module({
      tcbLevels: [{ tcb: { isvsvn: 6 }, tcbDate: '2025-01-01T00:00:00Z', tcbStatus: 'UpToDate' }],
    });
    expect(await withChange({ tcbInfo: await intel.tcbInfo('tdx', newer) })).toBe('tcb-not-supported');
  });

  it('MRSIGNERSEAM in the quote', async () => {
    const other = await intel.quote({ mrSignerSeam: '5e'.repeat(48) });
    expect(await judge(other, good, roots())).toBe('tdx-module-mismatch');
  });

  it('its status and its date count', async () => {
    expect(await statusWith({ tcbInfo: await intel.tcbInfo('tdx', levels('OutOfDate')) })).toMatchObject({
      tcbStatus: 'OutOfDate',
      platformTcbStatus: 'UpToDate',
      tdxModuleTcbStatus: 'OutOfDate',
      tcbDate: '2019-02-01T00:00:00Z',
    });
    expect(await statusWith({ tcbInfo: await intel.tcbInfo('tdx', levels('Revoked')) })).toMatchObject({
      tcbStatus: 'Revoked',
    });
  });

  it('a good module does not hide an old platform', async () => {
    const tcbInfo = await intel.tcbInfo('tdx', { tcbLevels: [tcbLevel(3, 'OutOfDate', 'tdx')] });
    expect(await statusWith({ tcbInfo })).toMatchObject({
      tcbStatus: 'OutOfDate',
      tdxModuleTcbStatus: 'UpToDate',
    });
  });

  it("components 0 and 1 are its own from generation 1 on, and the platform's in generation 0", async () => {
    const high = tcbLevel(3, 'UpToDate', 'tdx');
    const tcb = high['tcb'] as Record<string, unknown>;
    const tdx = Array.from({ length: 16 }, (_, i) => ({ svn: i === 0 ? 99 : 0 }));
    const tcbInfo = await intel.tcbInfo('tdx', {
      tcbLevels: [{ ...high, tcb: { ...tcb, tdxtcbcomponents: tdx } }],
    });
    expect(await statusWith({ tcbInfo })).toMatchObject({ tcbStatus: 'UpToDate' });
    const generation0 = await intel.quote({ teeTcbSvn: '05000200000000000000000000000000' });
    expect(await judge(generation0, { ...good, tcbInfo }, roots())).toBe('tcb-not-supported');
  });

  it('a TD that should be started again: the old module at launch, a good one now', async () => {
    const two = module({
      tcbLevels: [
        { tcb: { isvsvn: 5 }, tcbDate: '2025-01-01T00:00:00Z', tcbStatus: 'UpToDate' },
        {
          tcb: { isvsvn: 3 },
          tcbDate: '2020-01-01T00:00:00Z',
          tcbStatus: 'OutOfDate',
          advisoryIDs: ['INTEL-SA-7'],
        },
      ],
    });
    const tcbInfo = await intel.tcbInfo('tdx', two);
    const svn = (module: number) => `0${module}010200000000000000000000000000`;
    const at = (launch: number, current: number) =>
      intel.quote({ version: 5, teeTcbSvn: svn(launch), teeTcbSvn2: svn(current) });
    expect(await statusWith({ tcbInfo }, await at(4, 5))).toMatchObject({
      tcbStatus: 'TDRelaunchAdvised',
      launchTcbStatus: 'OutOfDate',
      currentTcbStatus: 'UpToDate',
      advisoryIds: ['INTEL-SA-7'],
    });
    expect(await statusWith({ tcbInfo }, await at(4, 4))).toMatchObject({ tcbStatus: 'OutOfDate' });
    expect(await statusWith({ tcbInfo }, await at(5, 5))).toMatchObject({ tcbStatus: 'UpToDate' });
    const needs = await intel.tcbInfo('tdx', {
      ...two,
      tcbLevels: [tcbLevel(3, 'ConfigurationNeeded', 'tdx')],
    });
    expect(await statusWith({ tcbInfo: needs }, await at(4, 5))).toMatchObject({
      tcbStatus: 'TDRelaunchAdvisedConfigurationNeeded',
    });
  });

  it('status is data: verification passes, the policy decides', async () => {
    const verified = await genuine(
      quote,
      { ...good, tcbInfo: await intel.tcbInfo('tdx', levels('OutOfDate')) },
      roots(),
    );
    expect(appraisal(verified, { anyMeasurement: true })).toBe('policy-tcb');
    expect(appraisal(verified, { anyMeasurement: true, tcb: { statuses: ['UpToDate', 'OutOfDate'] } })).toBe(
      'accepted',
    );
    expect(
      appraisal(verified, {
        anyMeasurement: true,
        tcb: { statuses: ['OutOfDate'], minimumDate: '2024-01-01' },
      }),
    ).toBe('policy-tcb');
  });

  it('advisories are data, too', async () => {
    const level = { ...tcbLevel(3, 'SWHardeningNeeded', 'tdx'), advisoryIDs: ['INTEL-SA-00615'] };
    const verified = await genuine(
      quote,
      { ...good, tcbInfo: await intel.tcbInfo('tdx', { tcbLevels: [level] }) },
      roots(),
    );
    const statuses = ['SWHardeningNeeded'] as const;
    expect(appraisal(verified, { anyMeasurement: true, tcb: { statuses } })).toBe('accepted');
    expect(appraisal(verified, { anyMeasurement: true, tcb: { statuses, advisories: [] } })).toBe(
      'policy-advisory',
    );
    expect(
      appraisal(verified, { anyMeasurement: true, tcb: { statuses, advisories: ['INTEL-SA-00615'] } }),
    ).toBe('accepted');
  });
});

describe('group 15: the quoting enclave', () => {
  it("a vendor that is not Intel's", async () => {
    expect(
      await judge({ kind: 'dcap', quote: await intel.quote({ qeVendor: '11'.repeat(16) }) }, good, roots()),
    ).toBe('malformed');
  });

  it('debug attributes, another signer, too old', async () => {
    expect(
      await judge(await intel.quote({ qeAttributes: '1300000000000000e700000000000000' }), good, roots()),
    ).toBe('qe-identity-mismatch');
    expect(await judge(await intel.quote({ qeMrSigner: '8d'.repeat(32) }), good, roots())).toBe(
      'qe-identity-mismatch',
    );
    expect(await judge(await intel.quote({ qeIsvSvn: 3 }), good, roots())).toBe('tcb-not-supported');
  });

  it('its status counts', async () => {
    const level = { tcb: { isvsvn: 1 }, tcbDate: '2018-01-01T00:00:00Z', tcbStatus: 'OutOfDate' };
    const qeIdentity = await intel.qeIdentity('tdx', { tcbLevels: [level] });
    expect(await statusWith({ qeIdentity })).toMatchObject({
      tcbStatus: 'OutOfDate',
      qeTcbStatus: 'OutOfDate',
      tcbDate: '2018-01-01T00:00:00Z',
    });
  });
});
