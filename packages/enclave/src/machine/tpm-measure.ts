/** Measuring a program into a PCR: the machine's boot must name what does it, then nobody can claim to be another program. */
import { createHash } from 'node:crypto';
import type { Measured } from '@gaiwan/trust';
import { type Tpm, TpmError } from '../tpm2/index.ts';
import { MachineError } from './settings.ts';

const sha256 = (...parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** SHA-256 of both digests. */
const eventOf = ({ bundle, configuration }: Measured): Buffer =>
  sha256(Buffer.from(bundle, 'hex'), Buffer.from(configuration, 'hex'));

/** What the PCR holds when it was extended once with what was measured. Hexadecimal. */
export const measuredPcr = (measured: Measured): string =>
  sha256(Buffer.alloc(32), eventOf(measured)).toString('hex');

/**
 * Extends the PCR (bank sha256) unless this very program has done it since the boot.
 *
 * @throws {MachineError} `register-taken` if something else has
 */
export async function measureIntoPcr(tpm: Tpm, pcr: number, measured: Measured): Promise<void> {
  const value = (await tpm.pcrs('sha256', [pcr]))[pcr];
  // Not a PCR of zeros: one that nobody has read.
  if (value === undefined) throw new TpmError('tpm-answer', `The TPM did not tell PCR ${pcr}.`);
  const wanted = measuredPcr(measured);
  if (value === wanted) return;
  if (!/^0*$/.test(value))
    throw new MachineError(
      'register-taken',
      `PCR ${pcr} is ${value}: since the machine was booted, another program or another configuration was measured into it. Boot again.`,
    );
  await tpm.extend(pcr, { sha256: eventOf(measured) });
}
