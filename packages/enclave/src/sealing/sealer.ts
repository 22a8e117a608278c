/** Ways to keep a secret so that only the same program on the same machine gets it back. */

export interface Sealer {
  /** A blob that needs no protection of its own. */
  seal(secret: Uint8Array): Promise<Uint8Array>;
  /** Rejects with `SealingError`. */
  unseal(blob: Uint8Array): Promise<Uint8Array>;
}

export class SealingError extends Error {
  override readonly name = 'SealingError';
  readonly code: /** Sealed by another program, or on another machine; `registers` says which differ. */
    | 'wrong-measurement'
    /** Not a blob of this kind, changed, or of another machine. */
    | 'not-unsealable'
    | 'no-sealed-key'
    /** A key cannot be replaced while it waits for whom it was handed on to. */
    | 'handed-on'
    /** A key cannot be handed on while it is replaced. */
    | 'rotating'
    | 'failed';
  /** Those that differ. */
  readonly registers: readonly string[];
  constructor(
    code: SealingError['code'],
    message: string,
    options: ErrorOptions & { readonly registers?: readonly string[] } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.registers = options.registers ?? [];
  }
}
