import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openMachine } from '../machine/index.ts';
import { type Mounted, mountFuse } from '../testing/fuse.ts';
import { noTpm, Swtpm } from '../testing/swtpm.ts';
import { deviceTransport, Tpm } from './index.ts';

const server = fileURLToPath(new URL('../testing/tpm-fuse-server.ts', import.meta.url));

describe('a TPM that is a device', () => {
  let swtpm: Swtpm | undefined;
  let mounted: Mounted | string | undefined = noTpm;
  beforeAll(async () => {
    if (noTpm !== undefined) return;
    swtpm = await Swtpm.start();
    mounted = await mountFuse(server, swtpm.socket);
  });
  afterAll(async () => {
    if (typeof mounted === 'object') await mounted.stop();
    await swtpm?.stop();
  });
  /** Its path; skips the test, and says so, where there is none. */
  const device = (skip: (why: string) => void): string => {
    if (typeof mounted === 'object') return `${mounted.base}/tpm`;
    console.log(`SKIPPED: a TPM behind a device: ${mounted}`);
    skip(String(mounted));
    return '';
  };

  it('gets a command by one write and answers by one read, one after another', async ({ skip }) => {
    const tpm = new Tpm(await deviceTransport(device(skip)));
    try {
      const values = await Promise.all(Array.from({ length: 20 }, () => tpm.random(8)));
      expect(new Set(values.map((value) => Buffer.from(value).toString('hex'))).size).toBe(20);
      expect(Object.keys(await tpm.pcrs('sha256', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]))).toHaveLength(10);
      // The longest answer that is asked for here.
      expect((await tpm.endorsementCertificate())?.length).toBeGreaterThan(600);
      await expect(tpm.nv.increment(0x01800099)).rejects.toMatchObject({ code: 'tpm-refused' });
    } finally {
      await tpm.close();
    }
  });

  it('makes a machine, which seals', async ({ skip }) => {
    const program = { bundle: 'ab'.repeat(32), configuration: 'cd'.repeat(32) };
    const { attester, sealer } = await openMachine({ tee: 'tpm', tpm: device(skip) }, program);
    expect((await attester.evidence(new Uint8Array(64))).evidence.kind).toBe('tpm');
    const blob = (await sealer?.seal(Buffer.from('secret'))) as Uint8Array;
    expect(Buffer.from((await sealer?.unseal(blob)) as Uint8Array).toString()).toBe('secret');
  });

  it('that is none says what to do, and one without an answer is no success', async () => {
    await expect(deviceTransport('/dev/nonexistent')).rejects.toMatchObject({
      code: 'tpm-unreachable',
      message: expect.stringContaining('has none'),
    });
    const silent = new Tpm(await deviceTransport('/dev/null'));
    await expect(silent.random(8)).rejects.toMatchObject({ code: 'tpm-answer' });
    await silent.close();
    const full = new Tpm(await deviceTransport('/dev/full'));
    await expect(full.random(8)).rejects.toMatchObject({ code: 'tpm-unreachable' });
    await full.close();
  });
});
