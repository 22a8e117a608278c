/** A task that is run twice, on different workers: what both runs must have in common. */
import type { Digests } from '@gaiwan/protocol';

/** What the first run left behind; the second may not be the same worker's. */
export interface FirstRun {
  readonly worker: string;
  readonly digests: Digests;
}

/** A reason for participants. */
export const differReason = (different: readonly string[]): string =>
  `The two runs of the function differ in: ${different.join(', ').slice(0, 500)}. Nothing is released.`;
