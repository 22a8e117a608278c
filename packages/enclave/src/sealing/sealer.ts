/** Ways to keep a secret so that only the same program on the same machine gets it back. */
import { CodedError, type RefusalTable } from '@gaiwan/errors';

/** Seals a secret to one program on one machine. */
export interface Sealer {
  /**
   * A blob that needs no protection of its own. The secret stays the caller's, who wipes it.
   *
   * @throws {SealingError}
   */
  seal(secret: Uint8Array): Promise<Uint8Array>;
  /**
   * The secret, which the caller wipes.
   *
   * @throws {SealingError}
   */
  unseal(blob: Uint8Array): Promise<Uint8Array>;
}

export const sealingRefusals = {
  'wrong-measurement': {
    meaning:
      'The key was sealed by another program or configuration, or on another machine (`registers` says what differs).',
    remedy:
      'Start the release and the configuration that it was sealed to, and have that hand the key over: `gaiwan reseal`. With a key broker, have its owner allow this release.',
  },
  'not-unsealable': {
    meaning: 'What should be a sealed key is none, was changed, or is of another machine.',
    remedy: 'Put the file back from the backup that the store is from.',
  },
  'no-sealed-key': {
    meaning: 'There is a store, but no sealed key that would open it.',
    remedy: 'Put the file back from the backup that the store is from.',
  },
  'store-gone': {
    meaning: 'There is the sealed key of a store, and the store is gone or empty.',
    remedy:
      'Put the store back, or restore a backup. To begin anew, choose a folder without a key: nobody who pinned the old instance accepts it.',
  },
  'handover-pending': {
    meaning: 'The key cannot be replaced while its handover to the next release is pending.',
    remedy: 'Start that release; or remove the file that is named, and hand the key over again later.',
  },
  rotating: {
    meaning: 'The key cannot be handed over while it is being replaced, or after that was interrupted.',
    remedy: 'Start the platform once, then hand the key over.',
  },
  failed: {
    meaning:
      'The machine or the key broker did not do its part, or a file cannot be read or written; the cause is attached.',
    remedy: 'Mend what the message names, and try again.',
  },
} as const satisfies RefusalTable;

/** A secret cannot be sealed, or is kept back. */
export class SealingError extends CodedError<keyof typeof sealingRefusals> {
  override readonly name = 'SealingError';
  /** Names of the registers that differ. */
  readonly registers: readonly string[];

  constructor(
    code: SealingError['code'],
    message: string,
    { cause, registers = [] }: ErrorOptions & { readonly registers?: readonly string[] } = {},
  ) {
    super(code, message, cause === undefined ? undefined : { cause });
    this.registers = registers;
  }
}
