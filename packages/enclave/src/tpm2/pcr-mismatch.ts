import { CodedError, type RefusalTable } from '@gaiwan/errors';
import type { Bank } from './wire.ts';

export const pcrRefusals = {
  'wrong-measurement': {
    meaning:
      'The TPM keeps a secret back: PCRs (`differences`) have other values than those it was sealed to.',
    remedy:
      'Boot what the secret was sealed to, and have that hand the key over to what is to run next: `gaiwan reseal`.',
  },
} as const satisfies RefusalTable;

export interface PcrDifference {
  readonly pcr: number;
  /** Hexadecimal: what the secret was sealed to. */
  readonly expected: string;
  /** Hexadecimal: what the PCR holds. */
  readonly found: string;
}

/** The machine runs, or was booted with, something else than what the secret was sealed to. */
export class PcrMismatch extends CodedError<keyof typeof pcrRefusals> {
  override readonly name = 'PcrMismatch';
  readonly differences: readonly PcrDifference[];

  constructor(bank: Bank, differences: readonly PcrDifference[]) {
    const list = differences.map(
      ({ pcr, expected, found }) => `PCR ${pcr} (${bank}) is ${found}, sealed to ${expected}`,
    );
    super(
      'wrong-measurement',
      `The TPM keeps the key back: ${list.join('; ') || 'the policy does not fit'}.`,
    );
    this.differences = differences;
  }
}
