/** The mark of a root that vouches for simulated machines: docs/attestation/simulated.md. */
import type { Certificate } from './certificate.ts';

/**
 * Non-critical extension of a root certificate whose machines are simulated, with the value NULL. The arc is that of a UUID
 * (ITU-T X.667: 2.25, then the UUID as a number), a39d39d5-2656-4588-a0ed-7f5db4e5a942; 1 below it is this mark.
 */
export const SIMULATED_ROOT = '2.25.217480526904542005261856458574146152770.1';

/** Whether a certificate says that it is the root of simulated machines. Its presence counts, whatever its value. */
export function isSimulatedRoot(certificate: Certificate): boolean {
  return certificate.extensions.has(SIMULATED_ROOT);
}
