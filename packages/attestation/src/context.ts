/** What every verification is given besides evidence and endorsements. */
import type { Cache } from './cache.ts';
import type { Crypto } from './crypto/crypto.ts';

/**
 * Root certificates (DER or PEM) that take the place of a vendor's pinned ones: a simulation's, a test's. Absent: the
 * pinned ones. `tpm` has none of its own: TPM manufacturers are many, so the caller says whom it trusts.
 */
export interface Roots {
  readonly intel?: readonly Uint8Array[];
  readonly amd?: readonly Uint8Array[];
  readonly aws?: readonly Uint8Array[];
  readonly tpm?: readonly Uint8Array[];
}

/** Time, roots and engine of one verification; `contextOf` makes it of options. */
export interface Context {
  /** The time to verify at, milliseconds since 1970. */
  readonly at: number;
  readonly roots: Roots;
  readonly crypto: Crypto;
  readonly cache: Cache;
}
