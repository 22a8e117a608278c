/** Many histories, one after the other, and what they came to. */
import type { HistoryResult } from './history-result.ts';
import { type FaultKind, faultKinds } from './physics/faults.ts';
import { runPlatformHistory } from './platform/history.ts';
import type { Vfs } from './sqlite/vfs.ts';
import { runStoreHistory } from './store/history.ts';

export type HistoryKind = HistoryResult['kind'];

export interface RunResult {
  readonly histories: number;
  /** How many there were of each kind, and what was done in them: batches that were acknowledged, tasks that were made. */
  readonly kinds: Readonly<Record<HistoryKind, { histories: number; commits: number }>>;
  readonly ends: Readonly<Record<HistoryResult['end'], number>>;
  /** How often each kind of fault came. */
  readonly counts: ReadonlyMap<FaultKind, number>;
  readonly failures: readonly HistoryResult[];
}

/** Of so many histories one is of the store alone, below which a disk fails; all others are of a whole platform. */
const STORE_EVERY = 10;

/** What a seed's history is about, unless somebody asks for another. */
export const kindOf = (seed: number): HistoryKind => (seed % STORE_EVERY === 0 ? 'store' : 'platform');

/** Runs a seed's history. `print` gets each line of it. */
export const runHistory = (
  vfs: Vfs,
  seed: number,
  print?: (line: string) => void,
  kind: HistoryKind = kindOf(seed),
): Promise<HistoryResult> =>
  kind === 'store' ? runStoreHistory(vfs, seed, print) : runPlatformHistory(vfs, seed, print);

/** Of the seeds from `from` on. */
export async function runHistories(
  vfs: Vfs,
  from: number,
  histories: number,
  kind?: HistoryKind,
): Promise<RunResult> {
  // Any: the keys of a constant table.
  const counts = new Map((Object.keys(faultKinds) as FaultKind[]).map((fault) => [fault, 0]));
  const ends = { whole: 0, refused: 0, failed: 0 };
  const kinds = { store: { histories: 0, commits: 0 }, platform: { histories: 0, commits: 0 } };
  const failures: HistoryResult[] = [];
  for (let seed = from; seed < from + histories; seed++) {
    const result = await runHistory(vfs, seed, undefined, kind);
    ends[result.end]++;
    kinds[result.kind].histories++;
    kinds[result.kind].commits += result.commits;
    for (const [fault, count] of result.counts) counts.set(fault, (counts.get(fault) ?? 0) + count);
    if (result.end === 'failed') failures.push(result);
  }
  return { histories, kinds, ends, counts, failures };
}
