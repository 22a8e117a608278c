import { createHash, createHmac, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noTpm, Swtpm } from '../testing/swtpm.ts';
import { socketTransport } from '../tpm2/index.ts';
import {
  derivedKeySealer,
  type Registers,
  type Sealer,
  SealingError,
  sealedRootKey,
  tpmSealer,
} from './index.ts';

/** A machine that derives keys from a secret of its own. */
function machine(secret = randomBytes(32)) {
  const key = (registers: Registers) =>
    Promise.resolve(new Uint8Array(createHmac('sha256', secret).update(JSON.stringify(registers)).digest()));
  return (registers: Registers): Sealer => derivedKeySealer({ registers, key });
}
const v1 = { mrTd: 'aa'.repeat(48), rtmr3: 'bb'.repeat(48) };
const v2 = { ...v1, rtmr3: 'cc'.repeat(48) };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gaiwan-sealing-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('a key that the machine derives for a measurement', () => {
  it('opens for the same program on the same machine', async () => {
    const on = machine();
    const secret = randomBytes(32);
    const blob = await on(v1).seal(secret);
    expect(Buffer.from(await on(v1).unseal(blob))).toEqual(secret);
    expect(Buffer.from(blob).includes(secret)).toBe(false);
  });

  it('is kept back from another program, and the error names the register', async () => {
    const on = machine();
    const blob = await on(v1).seal(randomBytes(32));
    await expect(on(v2).unseal(blob)).rejects.toMatchObject({
      code: 'wrong-measurement',
      registers: ['rtmr3'],
    });
    await expect(on(v2).unseal(blob)).rejects.toThrow(`rtmr3 is ${v2.rtmr3}, sealed to ${v1.rtmr3}`);
    const { rtmr3: _one, ...fewer } = v1;
    await expect(on(fewer).unseal(blob)).rejects.toMatchObject({ registers: ['rtmr3'] });
  });

  it('does not open on another machine', async () => {
    const blob = await machine()(v1).seal(randomBytes(32));
    await expect(machine()(v1).unseal(blob)).rejects.toMatchObject({ code: 'not-unsealable' });
  });

  it('does not believe registers that were written over', async () => {
    const on = machine();
    const blob = Buffer.from(await on(v1).seal(randomBytes(32)));
    const forged = Buffer.from(blob.toString('latin1').replace(v1.rtmr3, v2.rtmr3), 'latin1');
    await expect(on(v2).unseal(forged)).rejects.toMatchObject({ code: 'not-unsealable' });
  });

  it('says so of whatever is no sealed key (fuzz)', async () => {
    const on = machine();
    const blob = await on(v1).seal(randomBytes(32));
    const mutated = fc
      .tuple(fc.nat(blob.length - 1), fc.integer({ min: 1, max: 255 }))
      .map(([at, change]) => {
        const copy = blob.slice();
        copy[at] = (copy[at] as number) ^ change;
        return copy;
      });
    await fc.assert(
      fc.asyncProperty(fc.oneof(mutated, fc.uint8Array({ maxLength: 80 })), async (bytes) => {
        await expect(on(v1).unseal(bytes)).rejects.toBeInstanceOf(SealingError);
      }),
      { numRuns: 1000 },
    );
  });
});

if (noTpm) console.log(`SKIPPED: sealing to a real TPM: ${noTpm}`);
describe.skipIf(noTpm)('a TPM', () => {
  it('keeps the root key back after one more extend, and names the PCR', async () => {
    const tpm = await Swtpm.start();
    try {
      const open = () => socketTransport({ path: tpm.socket });
      const path = join(folder, 'tpm');
      const held = sealedRootKey(path, tpmSealer({ open, pcrs: [11, 14] }));
      const [key] = await held.load({ create: true });
      await key?.settle();
      expect((await held.load({ create: false }))[0]?.bytes).toEqual(key?.bytes);
      expect((await readFile(path)).includes(Buffer.from(key?.bytes ?? []))).toBe(false);
      const own = await tpm.connect();
      await own.extend(14, { sha256: createHash('sha256').update('update').digest() });
      await own.close();
      await expect(held.load({ create: false })).rejects.toMatchObject({
        code: 'wrong-measurement',
        registers: ['pcr14'],
      });
    } finally {
      await tpm.stop();
    }
    const gone = tpmSealer({ open: () => socketTransport({ path: tpm.socket }), pcrs: [1] });
    await expect(gone.seal(new Uint8Array(1))).rejects.toMatchObject({ code: 'failed' });
  });
});
