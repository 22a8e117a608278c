/**
 * Which start of the platform was followed by which. Each draws a name of its own and keeps it in the data, beside the commits that
 * were durable then. So a state that somebody saw (a run, and its commits by then) is in the past of these data or it is not: in those of a
 * rolled-back copy, another run begins where the one that was seen went on, however many commits come later.
 */
import { randomBytes } from 'node:crypto';
import type { Batch, Store, StoreHead } from '@gaiwan/store';
import { type PlatformState, RUN_BYTES, type SeenState } from '@gaiwan/trust';
import { decodeRecord, encodeRecord } from '../domain/codec.ts';
import { RUNS_LOG } from '../domain/records.ts';

/** A store that says how far it has come. */
export interface StatedStore extends Store {
  /** What is durable now; nothing that was acknowledged before is missing in it. */
  head(): Promise<StoreHead>;
}

interface RunRecord {
  readonly run: Uint8Array;
  /** Commits when it began. */
  readonly from: number;
}

const PAGE = 1000;
const nameOf = (run: Uint8Array) => Buffer.from(run).toString('hex');

export class Runs {
  /** The name of the one that serves. */
  readonly current: Uint8Array;
  readonly #store: StatedStore;
  /** The commits between which each was the newest. */
  readonly #spans = new Map<string, { readonly from: number; readonly to: number }>();

  private constructor(store: StatedStore, runs: readonly RunRecord[], current: Uint8Array) {
    this.#store = store;
    this.current = current;
    for (const [index, { run, from }] of runs.entries())
      this.#spans.set(nameOf(run), { from, to: runs[index + 1]?.from ?? Number.POSITIVE_INFINITY });
  }

  /** Begins one, before anybody is served: durable when it resolves. `start`: what is said of it elsewhere, in the same commit. */
  static async begin(store: StatedStore, { append = [], ...start }: Batch = {}): Promise<Runs> {
    const runs = await readRuns(store);
    const run = new Uint8Array(randomBytes(RUN_BYTES));
    const begun = { run, from: (await store.head()).commits };
    await store.commit({ ...start, append: [{ log: RUNS_LOG, value: encodeRecord(begun) }, ...append] });
    return new Runs(store, [...runs, begun], run);
  }

  async state(): Promise<PlatformState> {
    return { ...(await this.#store.head()), run: this.current };
  }

  /** Whether what was seen is in the past of `now`. */
  hasPast(seen: SeenState, now: PlatformState): boolean {
    const span = this.#spans.get(nameOf(seen.run));
    if (span === undefined || seen.epoch !== now.epoch || seen.commits > now.commits) return false;
    return span.from < seen.commits && seen.commits <= span.to;
  }
}

async function readRuns(store: Store): Promise<RunRecord[]> {
  const runs: RunRecord[] = [];
  for (;;) {
    const page = await store.log(RUNS_LOG, { from: runs.length, limit: PAGE });
    if (page.length === 0) return runs;
    for (const { value } of page) runs.push(decodeRecord<RunRecord>(value));
  }
}
