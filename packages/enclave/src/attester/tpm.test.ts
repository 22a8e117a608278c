import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { appraise, contextOf, nameOf, parseTpmPublic, spkiOf, toHex, verify } from '@gaiwan/attestation';
import { memorySource } from '@gaiwan/attestation/sources';
import { fakeEventLog } from '@gaiwan/attestation-kit/machines';
import { connectionBinding, PeerVerifier } from '@gaiwan/trust';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noTpm, Swtpm } from '../testing/swtpm.ts';
import { AttestedIdentity } from '../tls/index.ts';
import { socketTransport } from '../tpm2/index.ts';
import { tpmAttester } from './tpm.ts';

if (noTpm) console.log(`SKIPPED: the TPM as attester: ${noTpm}`);
describe.skipIf(noTpm)('a TPM as attester', () => {
  let machine: Swtpm;
  let folder: string;
  beforeAll(async () => {
    machine = await Swtpm.start();
    folder = await mkdtemp(join(tmpdir(), 'gaiwan-attester-'));
  });
  afterAll(async () => {
    await machine?.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const open = () => socketTransport({ path: machine.socket });

  it('quotes the digest of the report data, with a log that explains the PCRs', async () => {
    const data = Buffer.from('a kernel');
    const tpm = await machine.connect();
    await tpm.extend(9, { sha256: createHash('sha256').update(data).digest() });
    await tpm.close();
    const eventLog = join(folder, 'log');
    await writeFile(eventLog, await fakeEventLog([{ register: 9, type: 0xd, data }]));
    const reportData = randomBytes(64);
    const { evidence } = await tpmAttester({ open, pcrs: [9], eventLog }).evidence(reportData);
    if (evidence.kind !== 'tpm' || !evidence.akPublic) throw new Error('no quote');
    const { nameAlg, bytes } = parseTpmPublic(evidence.akPublic);
    const name = toHex(await nameOf(nameAlg, bytes, contextOf({ at: 0 }).crypto));
    const verified = await verify(
      evidence,
      { activatedName: name, hierarchy: 'endorsement' },
      { at: Date.now() },
    );
    if (verified.verdict === 'refused') throw new Error(verified.message);
    const nonce = createHash('sha256').update(reportData).digest('hex');
    const pcr9 = evidence.pcrs?.['sha256']?.[9] as string;
    expect(appraise(verified, { measurements: [{ pcr9 }], nonce })).toEqual({ verdict: 'accepted' });
    expect(appraise(verified, { measurements: [{ pcr9 }], nonce: '00' })).toMatchObject({
      reason: 'nonce-mismatch',
    });
  });

  it('stands in certificates', async () => {
    const attester = tpmAttester({ open, pcrs: [0, 9] });
    const identity = await AttestedIdentity.create({ attester });
    try {
      const { evidence } = await attester.evidence(new Uint8Array(64));
      if (evidence.kind !== 'tpm' || !evidence.akPublic) throw new Error('no quote');
      const { nameAlg, bytes } = parseTpmPublic(evidence.akPublic);
      const activatedName = toHex(await nameOf(nameAlg, bytes, contextOf({ at: 0 }).crypto));
      const pcrs = evidence.pcrs?.['sha256'] ?? {};
      const verifier = (measurements: Record<string, string>) =>
        new PeerVerifier({
          policies: [{ measurements: [measurements] }],
          endorsements: memorySource({ activatedName }),
        });
      const good = { pcr0: pcrs[0] as string, pcr9: pcrs[9] as string };
      expect((await verifier(good).verify(identity.current.der)).verified.inner.kind).toBe('tpm');
      await expect(
        verifier({ ...good, pcr9: '00'.repeat(32) }).verify(identity.current.der),
      ).rejects.toMatchObject({
        reason: 'policy-measurement',
      });
    } finally {
      identity.close();
    }
  });

  it('makes one quote for many connections, and each of them is judged by it', async () => {
    let quotes = 0;
    const attester = tpmAttester({
      open() {
        quotes++;
        return open();
      },
      pcrs: [0, 9],
    });
    const identity = await AttestedIdentity.create({ attester });
    try {
      const { evidence } = await attester.evidence(new Uint8Array(64));
      if (evidence.kind !== 'tpm' || !evidence.akPublic) throw new Error('no quote');
      const verifier = new PeerVerifier({
        policies: [{ measurements: [{ pcr0: evidence.pcrs?.['sha256']?.[0] as string }] }],
        endorsements: memorySource({ trustedAk: spkiOf(parseTpmPublic(evidence.akPublic).key) }),
      });
      quotes = 0;
      const instance = new Uint8Array(32).fill(1);
      const sessionKey = identity.current.spki;
      const connections = Array.from({ length: 5 }, () => ({
        nonce: new Uint8Array(randomBytes(32)),
        exporter: new Uint8Array(randomBytes(32)),
        sessionKey,
        instance,
      }));
      for (const end of connections) {
        const { certificate = new Uint8Array(), signature } = (await identity.connectionEvidence(end)) ?? {};
        const connection = { binding: connectionBinding(end), signature, instance };
        expect((await verifier.verify(certificate, { sessionKey, connection })).verified.inner.kind).toBe(
          'tpm',
        );
      }
      expect(quotes).toBe(1);
    } finally {
      identity.close();
    }
  });

  it('says what is missing', async () => {
    const nowhere = { open: () => socketTransport({ path: join(folder, 'no.sock') }) };
    await expect(tpmAttester(nowhere).evidence(new Uint8Array(64))).rejects.toMatchObject({
      code: 'not-available',
    });
    const noLog = { open, eventLog: join(folder, 'no.log') };
    await expect(tpmAttester(noLog).evidence(new Uint8Array(64))).rejects.toMatchObject({
      code: 'not-available',
    });
    await expect(tpmAttester({ open }).evidence(new Uint8Array(1))).rejects.toMatchObject({
      code: 'bad-report-data',
    });
  });
});
