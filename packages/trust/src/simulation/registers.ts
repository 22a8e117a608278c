/** What a simulated trust domain's registers hold: reference values for whoever has measured the program. */
import { createHash } from 'node:crypto';

/** A program and its configuration, as measured. */
export interface Measured {
  /** SHA-256 of the program, hexadecimal: see `measureBundle`. */
  readonly bundle: string;
  /** SHA-256 of its configuration, hexadecimal. */
  readonly configuration: string;
}

/** Hexadecimal. RTMR 0 to 2 stay zero: there is no firmware and no boot. */
export interface SimulatedRegisters {
  /** SHA-384 of the bundle's digest, as if the bundle were the image that the domain was built from. */
  readonly mrTd: string;
  readonly rtmr0: string;
  readonly rtmr1: string;
  readonly rtmr2: string;
  /** Extended once, by the configuration's digest. */
  readonly rtmr3: string;
}

const ZERO = '00'.repeat(48);

const sha384 = (...parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash('sha384');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** The registers of a simulated trust domain that runs this program with this configuration. */
export function simulatedRegisters({ bundle, configuration }: Measured): SimulatedRegisters {
  const event = sha384(Buffer.from(configuration, 'hex'));
  return {
    rtmr0: ZERO,
    rtmr1: ZERO,
    rtmr2: ZERO,
    mrTd: sha384(Buffer.from(bundle, 'hex')).toString('hex'),
    rtmr3: sha384(Buffer.alloc(48), event).toString('hex'),
  };
}
