import type { Roots } from '@gaiwan/attestation';
import type { EndorsementSource } from '@gaiwan/attestation/sources';

/** Whose word counts for a machine: where its endorsements come from, and which roots they must lead to. */
export interface RootsOfTrust {
  readonly endorsements: EndorsementSource;
  /** In place of the vendors' pinned ones. */
  readonly roots?: Roots;
  /** Whether the roots are those of a simulation: then everything that rests on them says so. */
  readonly simulated?: boolean;
}
