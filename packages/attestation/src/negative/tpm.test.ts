import { existsSync, readFileSync } from 'node:fs';
import {
  AK_ATTRIBUTES,
  digest,
  ecKey,
  type FakeEvent,
  type FakeTpm,
  fakeEventLog,
  fakeTpm,
  makeCertificate,
} from '@gaiwan/attestation-kit/machines';
import { beforeAll, describe, expect, it } from 'vitest';
import { appraisal, genuine, judge } from '../../test/verdicts.ts';
import { concat, fromHex, toHex, utf8Bytes } from '../bytes.ts';
import type { Endorsements, Evidence } from '../evidence.ts';

let tpm: FakeTpm;
beforeAll(async () => {
  tpm = await fakeTpm();
});

type Quote = Awaited<ReturnType<FakeTpm['quote']>>;
const firmware = utf8Bytes('firmware');
const pcr0 = () => digest('sha256', firmware);

const evidence = async (
  quote: Quote,
  more: Partial<Extract<Evidence, { kind: 'tpm' }>> = {},
): Promise<Evidence> => ({
  kind: 'tpm',
  ...quote,
  pcrs: { sha256: { '0': toHex(await pcr0()) } },
  ...more,
});
const verdict = async (quote: Quote, more = {}, endorsements: Endorsements = {}, roots = {}) =>
  judge(await evidence(quote, more), endorsements, roots);
const any = { anyMeasurement: true, keyTrust: ['none'] };

describe('group 25: quotes', () => {
  it('a good one is genuine, and refused as long as nobody vouches for its key', async () => {
    const verified = await genuine(await evidence(await tpm.quote()), {}, {});
    expect(appraisal(verified, { anyMeasurement: true })).toBe('policy-key');
    expect(appraisal(verified, any)).toBe('accepted');
    expect(appraisal(verified, { keyTrust: ['none'], measurements: [{ pcr0: toHex(await pcr0()) }] })).toBe(
      'accepted',
    );
    expect(appraisal(verified, { keyTrust: ['none'], measurements: [{ 'sha256:0': '00'.repeat(32) }] })).toBe(
      'policy-measurement',
    );
  });

  it('bytes that no TPM made: another magic; another structure', async () => {
    expect(await verdict(await tpm.quote({ magic: 0xff544348 }))).toBe('not-a-quote');
    for (const type of [0x8017, 0x801a, 0x8014])
      expect(await verdict(await tpm.quote({ type }))).toBe('not-a-quote');
  });

  it('another nonce', async () => {
    const verified = await genuine(await evidence(await tpm.quote({ nonce: fromHex('0102') })), {}, {});
    expect(appraisal(verified, { ...any, nonce: '0102' })).toBe('accepted');
    for (const nonce of ['01', '0103', '010200', ''])
      expect(appraisal(verified, { ...any, nonce })).toBe('nonce-mismatch');
    const without = await genuine(await evidence(await tpm.quote()), {}, {});
    expect(appraisal(without, { ...any, nonce: '00' })).toBe('nonce-mismatch');
  });

  it('a PCR that is not selected cannot be asked for', async () => {
    const pcrs = { sha256: { '0': toHex(await pcr0()), '7': '00'.repeat(32) } };
    const verified = await genuine(await evidence(await tpm.quote(), { pcrs }), {}, {});
    expect(appraisal(verified, { keyTrust: ['none'], measurements: [{ pcr7: '00'.repeat(32) }] })).toBe(
      'policy-measurement',
    );
  });

  it('values that are missing, others, or digested with another hash', async () => {
    expect(await verdict(await tpm.quote(), { pcrs: {} })).toBe('pcr-digest-mismatch');
    expect(await verdict(await tpm.quote(), { pcrs: { sha256: { '0': '00'.repeat(32) } } })).toBe(
      'pcr-digest-mismatch',
    );
    expect(await verdict(await tpm.quote({ digestHash: 'sha384' }))).toBe('pcr-digest-mismatch');
    const bank = new Map([[0, await digest('sha384', firmware)]]);
    const pcrs = { sha384: { '0': toHex(await digest('sha384', firmware)) } };
    expect(await verdict(await tpm.quote({ bank: 'sha384', pcrs: bank }), { pcrs })).toBe('verified');
    expect(
      await verdict(await tpm.quote({ bank: 'sha384', pcrs: bank, digestHash: 'sha384' }), { pcrs }),
    ).toBe('pcr-digest-mismatch');
  });

  it.each([
    ['restricted', 1 << 16],
    ['fixedTPM', 1 << 1],
    ['fixedParent', 1 << 4],
    ['sensitiveDataOrigin', 1 << 5],
    ['sign', 1 << 18],
  ])('a key without %s', async (_name, bit) => {
    const other = await fakeTpm(AK_ATTRIBUTES & ~bit);
    expect(await verdict(await other.quote())).toBe('policy-key');
  });

  it('a key that decrypts', async () => {
    expect(await verdict(await (await fakeTpm(AK_ATTRIBUTES | (1 << 17))).quote())).toBe('policy-key');
  });

  it('a foreign key: by certificate, by activation, by qualified name', async () => {
    const other = await fakeTpm();
    const caKey = await ecKey('P-256');
    const ca = await makeCertificate({ subject: 'CA', key: caKey, ca: true });
    const certificate = await makeCertificate({ subject: '', key: tpm.key, issuer: ca });
    const roots = { tpm: [ca.der] };
    expect(await verdict(await tpm.quote(), {}, { akCertificate: certificate.der }, roots)).toBe('verified');
    expect(await verdict(await other.quote(), {}, { akCertificate: certificate.der }, roots)).toBe(
      'key-binding',
    );
    expect(await verdict(await tpm.quote(), {}, { akCertificate: certificate.der })).toBe('untrusted-root');
    expect(await verdict(await tpm.quote(), {}, { activatedName: toHex(tpm.name) })).toBe('verified');
    expect(await verdict(await other.quote(), {}, { activatedName: toHex(tpm.name) })).toBe('key-binding');
    expect(await verdict(await tpm.quote(), {}, { hierarchy: 'endorsement' })).toBe('verified');
    expect(await verdict(await tpm.quote(), {}, { hierarchy: 'owner' })).toBe('key-binding');
    expect(await verdict(await tpm.quote(), {}, { trustedAk: tpm.key.spki })).toBe('verified');
    expect(await verdict(await tpm.quote(), {}, { trustedAk: other.key.spki })).toBe('key-binding');
  });

  it('SHA-1 banks alone', async () => {
    const pcrs = new Map([[0, await digest('sha1', firmware)]]);
    const quote = await tpm.quote({ bank: 'sha1', pcrs });
    const values = { sha1: { '0': toHex(await digest('sha1', firmware)) } };
    const verified = await genuine(await evidence(quote, { pcrs: values }), {}, {});
    expect(appraisal(verified, any)).toBe('weak-hash');
    expect(appraisal(verified, { ...any, allowSha1Banks: true })).toBe('accepted');
  });

  it('another signer, trailing bytes, a SHA-1 signature, a key without its public area', async () => {
    expect(await verdict(await tpm.quote({ signer: await ecKey('P-256') }))).toBe('tpm-signature');
    expect(await verdict(await tpm.quote({ trailing: new Uint8Array(4) }))).toBe('malformed');
    const { signature } = await tpm.quote();
    const sha1 = concat(signature.subarray(0, 2), Uint8Array.of(0, 4), signature.subarray(4));
    expect(await verdict(await tpm.quote(), { signature: sha1 })).toBe('weak-hash');
    const { akPublic: _none, ...bare } = await tpm.quote();
    expect(await judge({ kind: 'tpm', ...bare }, {}, {})).toBe('missing-evidence');
  });
});

describe('group 26: event logs', () => {
  const SEPARATOR = 4;
  const ACTION = 0x80000007;
  const IPL = 0x0d;
  const boot: readonly FakeEvent[] = [
    { register: 0, type: 8, data: utf8Bytes('1.0') },
    { register: 4, type: ACTION, data: utf8Bytes('Calling EFI Application from Boot Option') },
    { register: 4, type: SEPARATOR, data: new Uint8Array(4) },
    { register: 4, type: IPL, data: utf8Bytes('grub'), digest: new Uint8Array(32).fill(7) },
  ];

  /** PCR values that a log of these events leads to. */
  async function pcrsOf(events: readonly FakeEvent[]): Promise<Map<number, Uint8Array>> {
    const values = new Map<number, Uint8Array>();
    for (const { register, data, digest: own } of events) {
      const before = values.get(register) ?? new Uint8Array(32);
      values.set(register, await digest('sha256', concat(before, own ?? (await digest('sha256', data)))));
    }
    return values;
  }

  async function withLog(events: readonly FakeEvent[], quoted: readonly FakeEvent[] = boot) {
    const pcrs = await pcrsOf(quoted);
    const values = {
      sha256: Object.fromEntries([...pcrs].map(([index, value]) => [String(index), toHex(value)])),
    };
    return evidence(await tpm.quote({ pcrs }), { pcrs: values, eventLog: await fakeEventLog(events) });
  }

  it('the log of this boot leads to the quoted values', async () => {
    const verified = await genuine(await withLog(boot), {}, {});
    expect(verified).toMatchObject({ eventLog: { dataTrusted: true, anomalies: [] } });
  });

  it('an event that was dropped, moved, added, of another boot', async () => {
    const [first, second, third, fourth] = boot as [FakeEvent, FakeEvent, FakeEvent, FakeEvent];
    const extra = { register: 4, type: IPL, data: utf8Bytes('x') };
    for (const events of [
      [first, second, third],
      [first, third, second, fourth],
      [...boot, extra],
      [second, third, fourth, { ...first, data: utf8Bytes('1.1') }],
    ]) {
      expect(await judge(await withLog(events), {}, {})).toBe('eventlog-mismatch');
    }
  });

  it('data that were changed while the digest was kept are told', async () => {
    const action = boot[1] as FakeEvent;
    const changed = { ...action, data: utf8Bytes('Harmless'), digest: await digest('sha256', action.data) };
    const verified = await genuine(await withLog([boot[0] as FakeEvent, changed, ...boot.slice(2)]), {}, {});
    expect(verified).toMatchObject({ eventLog: { dataTrusted: false } });
  });

  it('a type that was changed to one whose digest is of the data', async () => {
    const hidden = { ...(boot[3] as FakeEvent), type: ACTION };
    const verified = await genuine(await withLog([...boot.slice(0, 3), hidden]), {}, {});
    expect(verified).toMatchObject({ eventLog: { dataTrusted: false } });
  });

  it('an event that was called no action does not count, and is missed', async () => {
    const hidden = { ...(boot[3] as FakeEvent), type: 3 };
    expect(await judge(await withLog([...boot.slice(0, 3), hidden]), {}, {})).toBe('eventlog-mismatch');
  });

  it('a second separator is told, and refused unless the policy says otherwise', async () => {
    const two = [...boot, { register: 4, type: SEPARATOR, data: new Uint8Array(4) }];
    const verified = await genuine(await withLog(two, two), {}, {});
    expect(verified).toMatchObject({
      eventLog: { repeatedSeparators: [4], anomalies: ['second separator in register 4'] },
    });
    expect(appraisal(verified, any)).toBe('repeated-separator');
    expect(appraisal(verified, { ...any, allowRepeatedSeparators: true })).toBe('accepted');
    expect(appraisal(await genuine(await withLog(boot), {}, {}), any)).toBe('accepted');
  });

  it('sizes that lie, and banks that are not in the header', async () => {
    const log = await fakeEventLog(boot);
    const huge = Uint8Array.from(log);
    new DataView(huge.buffer).setUint32(28, 0xffffffff, true);
    const verified = await withLog(boot);
    const judged = (eventLog: Uint8Array) => judge({ ...verified, eventLog } as Evidence, {}, {});
    expect(await judged(huge)).toBe('malformed');
    expect(await judged(log.subarray(0, log.length - 1))).toBe('malformed');
    expect(await judged(concat(log, new Uint8Array(64), Uint8Array.of(1)))).toBe('malformed');
    expect(await judged(concat(log, new Uint8Array(64)))).toBe('verified');
    expect(await judged(concat(log, new Uint8Array(64).fill(0xff)))).toBe('verified');
  });
});

describe('group 27: the chain of Azure', () => {
  const shared = new URL('../../../../../shared/attestation/vectors/', import.meta.url);
  const present = existsSync(shared);
  if (!present)
    console.warn('SKIPPED: shared/attestation/vectors is not on this machine: genuine reports of Azure');
  const read = (path: string) => new Uint8Array(readFileSync(new URL(path, shared)));
  const composite = () => ({
    kind: 'azure-vtpm' as const,
    hclReport: read('azure/azure-snp-genoa.hcl.bin'),
    attest: read('azure/azure-snp-genoa.attest.bin'),
    rawSignature: read('azure/azure-snp-genoa.rsassa-sha256.sig'),
    pcrs: JSON.parse(new TextDecoder().decode(read('azure/azure-snp-genoa.pcrs.json'))) as Record<
      string,
      Record<string, string>
    >,
  });
  const endorsements = () => ({
    endorsementKey: read('snp/certs/vcek-c065f7299e.der'),
    caChain: read('collateral/amd-genoa-ask-ark.pem'),
  });
  const at = Date.parse('2025-03-25T02:21:48Z');
  const judged = (changed: object) => judge({ ...composite(), ...changed }, endorsements(), {}, at);

  it.skipIf(!present)('a genuine one is accepted by its own values', async () => {
    const verified = await genuine(composite(), endorsements(), {}, at);
    const nonce = String(verified.claims['quoteExtraData']);
    expect(appraisal(verified, { anyMeasurement: true, nonce })).toBe('accepted');
    expect(appraisal(verified, { nonce })).toBe('policy-measurement');
    const measurement = String(verified.claims['measurement']);
    expect(
      appraisal(verified, {
        measurements: [{ measurement, pcr4: composite().pcrs['sha256']?.['4'] as string }],
      }),
    ).toBe('accepted');
  });

  it.skipIf(!present)('the nonce is not looked for in the hardware report', async () => {
    const verified = await genuine(composite(), endorsements(), {}, at);
    const reportData = String(verified.claims['reportData']);
    expect(appraisal(verified, { anyMeasurement: true, nonce: reportData.slice(0, 64) })).toBe(
      'nonce-mismatch',
    );
    expect(appraisal(verified, { anyMeasurement: true, reportData })).toBe('policy-report-data');
  });

  it.skipIf(!present)('runtime claims that were replaced, a key of another VM, another report', async () => {
    const { hclReport } = composite();
    const changed = Uint8Array.from(hclReport);
    changed[1300] = (changed[1300] as number) ^ 1;
    expect(['runtime-data-binding', 'malformed']).toContain(await judged({ hclReport: changed }));
    expect(await judged({ hclReport: read('azure/azure-neg-ak-swapped.hcl.bin') })).not.toBe('verified');
    expect(await judged({ attest: read('azure/azure-snp-milan-v2.attest.bin') })).toBe('tpm-signature');
    expect(await judged({ pcrs: { sha256: {} } })).toBe('pcr-digest-mismatch');
    const report = Uint8Array.from(hclReport);
    report[32 + 0x90] = (report[32 + 0x90] as number) ^ 1;
    expect(await judged({ hclReport: report })).toBe('report-signature');
  });

  it('lengths that lie are malformed', async () => {
    const header = concat(utf8Bytes('HCLA'), new Uint8Array(28));
    const runtime = Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff);
    for (const hclReport of [
      header,
      concat(header, new Uint8Array(1184)),
      concat(header, new Uint8Array(1184), runtime),
    ]) {
      expect(await judge({ kind: 'azure-vtpm', hclReport, attest: new Uint8Array(), pcrs: {} }, {}, {})).toBe(
        'malformed',
      );
    }
  });
});
