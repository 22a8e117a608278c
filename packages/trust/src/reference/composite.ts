/** One value for all registers: for Teaclave's clients, who know one. */
import { createHash } from 'node:crypto';
import type { Measurements } from '@gaiwan/attestation';

/**
 * The registers of a machine as one value: 32 bytes, hexadecimal. Of SGX the MRENCLAVE itself; of everything else the SHA-256 of the lines "name=value\n" of all registers,
 * sorted by name.
 */
export function compositeMeasurement(registers: Measurements): string {
  if (registers['mrEnclave'] !== undefined) return registers['mrEnclave'];
  const lines = Object.entries(registers)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value.toLowerCase()}\n`);
  return createHash('sha256').update(lines.join('')).digest('hex');
}
