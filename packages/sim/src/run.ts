/** Many histories, one after the other, and what they came to. */

import { type FaultKind, faultKinds } from './physics/faults.ts';
import type { Vfs } from './sqlite/vfs.ts';
import type { HistoryResult } from './history-result.ts';
import { runHistory } from './store/history.ts';

export interface RunResult {
  readonly histories: number;
  readonly commits: number;
  readonly ends: Readonly<Record<HistoryResult['end'], number>>;
  /** How often each kind of fault came. */
  readonly counts: ReadonlyMap<FaultKind, number>;
  readonly failures: readonly HistoryResult[];
}

/** Of the seeds from `from` on. */
export async function runHistories(vfs: Vfs, from: number, histories: number): Promise<RunResult> {
  // Any: the keys of a constant table.
  const counts = new Map((Object.keys(faultKinds) as FaultKind[]).map((kind) => [kind, 0]));
  const ends = { whole: 0, refused: 0, failed: 0 };
  const failures: HistoryResult[] = [];
  let commits = 0;
  for (let seed = from; seed < from + histories; seed++) {
    const result = await runHistory(vfs, seed);
    ends[result.end]++;
    commits += result.commits;
    for (const [kind, count] of result.counts) counts.set(kind, (counts.get(kind) ?? 0) + count);
    if (result.end === 'failed') failures.push(result);
  }
  return { histories, commits, ends, counts, failures };
}
