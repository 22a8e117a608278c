/** Deleting what has been due for long enough: the log of what is due is read from its beginning, as far as it is old. */
import { hasEnded } from '@gaiwan/protocol';
import type { Store } from '@gaiwan/store';
import { deleteData, lastNeedOf, openTasksOf } from '../deletion/delete-data.ts';
import { deleteResult, deleteTask } from '../deletion/delete-task.ts';
import { type DataRecord, DUE_LOG, type DueEntry, keys, type TaskRecord } from '../domain/index.ts';
import { limits } from '../limits.ts';
import type { Blobs, Clock } from '../ports.ts';
import { operatorEntry } from '../state/audit/entries.ts';
import { noteDeleted, RETENTION } from '../state/deleted.ts';
import { decodeDue } from '../state/due.ts';
import type { Holdings } from '../state/holdings.ts';
import { readRecord, type Transaction, transact } from '../state/transaction.ts';

export interface DueOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly blobs: Pick<Blobs, 'release' | 'deleteUnused' | 'removeGone'>;
  readonly holdings: Holdings;
  /** Aborted: what is under way is the last step. */
  readonly signal: AbortSignal;
}

export type DueKind = 'tasks' | 'results' | 'files';

/** How far a kind has come. */
interface UpTo {
  /** Of the first entry of the log that was not dealt with. */
  readonly position: number;
  /** Of entries before it: what could not be deleted. Each pass begins with that. */
  readonly left?: readonly DueEntry[];
}

interface Removed {
  /** Of the event, and its field for the id. */
  readonly type: string;
  readonly of: 'task' | 'data' | 'blob';
  readonly id: string;
  readonly digest: string;
}

/** Deletes one thing, where it is there and nobody needs it. */
interface Removal {
  /** About this thing alone. */
  readonly entry: DueEntry;
  readonly run: (tx: Transaction, until: number) => Promise<Removed | undefined>;
}

/** Could not be done. */
interface Failure {
  readonly entry: DueEntry;
  readonly error: unknown;
}

/**
 * Deletes what is due since before `until` (ms since the epoch). What was deleted before an end in the middle is not there at the next pass. What cannot
 * be deleted keeps nothing else, and is tried again by the next pass; rejects with the first error at the end. Where very much cannot be, the
 * pass ends at once.
 */
export async function deleteDue(options: DueOptions, kind: DueKind, until: number): Promise<void> {
  const failures = await deleteLeft(options, kind, until);
  while (!options.signal.aborted && (await deleteSome(options, kind, { until, failures })));
  if (kind === 'files') options.blobs.removeGone();
  if (failures.length > 0) throw failures[0]?.error;
}

/** Tries what former passes could not delete; gives what still cannot be. */
async function deleteLeft(options: DueOptions, kind: DueKind, until: number): Promise<Failure[]> {
  const { store, clock, signal } = options;
  const { position, left = [] } = await upTo(store, kind);
  if (left.length === 0 || signal.aborted) return [];
  // Where the period has become longer since, it is not due any more.
  const due = left.filter(({ at }) => at < until);
  const failures: Failure[] = [];
  const removals = due.flatMap((entry) => removalsOf(options, kind, entry));
  if (!(await removeAll(options, removals, { until, failures }))) return failures;
  const still = [...left.filter(({ at }) => at >= until), ...failures.map(({ entry }) => entry)];
  await transact(store, clock, async (tx) =>
    tx.put(keys.dueUpTo(kind), { position, left: still } satisfies UpTo),
  );
  return failures;
}

interface Pass {
  readonly until: number;
  /** Of this pass so far. */
  readonly failures: Failure[];
}

async function deleteSome(options: DueOptions, kind: DueKind, pass: Pass): Promise<boolean> {
  const { store, clock } = options;
  const { until, failures } = pass;
  const { position: from, left = [] } = await upTo(store, kind);
  const entries = await store.log(DUE_LOG, { from, limit: limits.forgottenAtOnce.value });
  const due: DueEntry[] = [];
  let position = from;
  for (const { index, value } of entries) {
    const entry = decodeDue(value);
    if (entry.at >= until) break;
    if (index >= from) due.push(entry);
    position = index + 1;
  }
  if (position === from) return false;
  const removals = due.flatMap((entry) => removalsOf(options, kind, entry));
  const before = failures.length;
  if (!(await removeAll(options, removals, pass))) return false;
  const failed = failures.slice(before).map(({ entry }) => entry);
  const others = (['tasks', 'results', 'files'] as const).filter((one) => one !== kind);
  const positions = (await Promise.all(others.map((one) => upTo(store, one)))).map((one) => one.position);
  await transact(store, clock, async (tx) => {
    tx.put(keys.dueUpTo(kind), { position, left: [...left, ...failed] } satisfies UpTo);
    // A kind that is kept for ever today may have a period tomorrow.
    tx.trim(DUE_LOG, Math.min(position, ...positions));
  });
  return true;
}

const upTo = async (store: Store, kind: DueKind): Promise<UpTo> =>
  (await readRecord<UpTo>(store, keys.dueUpTo(kind))) ?? { position: 0 };

/** False where it was stopped in the middle. Rejects where more fails than is remembered: then most likely everything does. */
async function removeAll(
  options: DueOptions,
  removals: readonly Removal[],
  { until, failures }: Pass,
): Promise<boolean> {
  const atOnce = limits.deletionsAtOnce.value;
  for (let at = 0; at < removals.length; at += atOnce) {
    if (options.signal.aborted) return false;
    failures.push(...(await remove(options, until, removals.slice(at, at + atOnce))));
    if (failures.length > limits.deletionsLeft.value) throw failures[0]?.error;
  }
  return true;
}

/** Each in a commit of its own: two may have one file. Commits at the same time share what they cost. */
async function remove(options: DueOptions, until: number, removals: readonly Removal[]): Promise<Failure[]> {
  const { store, clock } = options;
  const failures: Failure[] = [];
  await Promise.all(
    removals.map(async ({ entry, run }) => {
      try {
        await transact(store, clock, async (tx) => {
          const removed = await run(tx, until);
          if (!removed) return;
          const { type, of, id, digest } = removed;
          tx.event({ type, [of]: id, digest, reason: RETENTION.reason });
          tx.audit([
            operatorEntry(`retention: ${type.replace('-', ' ')}, ${id}, sha256 ${digest}`, tx.now()),
          ]);
        });
      } catch (error) {
        failures.push({ entry, error });
      }
    }),
  );
  return failures;
}

function removalsOf(options: DueOptions, kind: DueKind, { at, task, data = [], blob }: DueEntry): Removal[] {
  if (kind === 'files')
    return [
      ...data.map((id) => ({ entry: { at, data: [id] }, run: removeData(options, id) })),
      ...(blob === undefined ? [] : [{ entry: { at, blob }, run: removeBlob(options, blob) }]),
    ];
  if (task === undefined) return [];
  const run = kind === 'tasks' ? removeTask(options, task) : removeResult(options, task);
  return [{ entry: { at, task }, run }];
}

const removeTask =
  ({ holdings }: DueOptions, id: string): Removal['run'] =>
  async (tx) => {
    const task = await tx.read<TaskRecord>(keys.task(id));
    if (!task || !hasEnded(task.status)) return undefined;
    return { type: 'task-deleted', of: 'task', id, digest: await deleteTask(holdings, tx, task, RETENTION) };
  };

const removeResult =
  ({ holdings }: DueOptions, id: string): Removal['run'] =>
  async (tx) => {
    const task = await tx.read<TaskRecord>(keys.task(id));
    const digest = task && (await deleteResult(holdings, tx, task))?.resultDeleted?.digest;
    return digest === undefined ? undefined : { type: 'result-deleted', of: 'task', id, digest };
  };

/** Where a task has named it since, a later entry is about that. */
const removeData =
  (options: DueOptions, id: string): Removal['run'] =>
  async (tx, until) => {
    const data = await tx.read<DataRecord>(keys.data(id));
    if (!data || (await openTasksOf(options.store, tx, id)).length > 0) return undefined;
    if ((await lastNeedOf(tx, id)) >= until) return undefined;
    return { type: 'data-deleted', of: 'data', id, digest: await deleteData(options, tx, data, RETENTION) };
  };

const removeBlob =
  ({ blobs }: DueOptions, id: string): Removal['run'] =>
  async (tx, until) => {
    const unused = await blobs.deleteUnused(tx, id, until);
    if (!unused) return undefined;
    const { owner, digest, salt } = unused;
    noteDeleted(tx, { id: `blob-${id}`, digest, salt, seenBy: [owner], ...RETENTION });
    return { type: 'blob-deleted', of: 'blob', id, digest };
  };
