/** What a history came to. */
import type { FaultKind } from './physics/faults.ts';

export interface HistoryResult {
  readonly seed: number;
  readonly kind: 'store' | 'platform';
  /** SHA-256 of all that happened: the same for the same seed. */
  readonly digest: string;
  readonly counts: ReadonlyMap<FaultKind, number>;
  /** Batches that were acknowledged, or tasks that were made. */
  readonly commits: number;
  /** `whole`: all was right at the end. `refused`: with a code, since the medium had lied. `failed`: a rule was broken. */
  readonly end: 'whole' | 'refused' | 'failed';
  readonly why?: string;
}
