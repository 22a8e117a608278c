/** A task's outputs: each is for one task alone, and is written once, in the commit of that task's result. */
import { blobId } from '../domain/blob-url.ts';
import { type DataRecord, keys, type TaskOutcome, type TaskRecord } from '../domain/index.ts';
import { PlatformError } from '../errors.ts';
import type { Blobs } from '../ports.ts';
import type { Transaction } from '../state/transaction.ts';

type Outputs = Pick<TaskRecord, 'outputs'>;

/** Ids of those that another task has written or is to write, of a task that was not invoked. The commit is held to it. */
export async function takenOutputs(
  tx: Pick<Transaction, 'has' | 'read'>,
  { outputs }: Outputs,
): Promise<string[]> {
  const taken: string[] = [];
  for (const { data } of outputs) {
    if (!data) continue;
    const record = await tx.read<DataRecord>(keys.data(data.id));
    if (record?.tag || (await tx.has(keys.reservedOutput(data.id)))) taken.push(data.id);
  }
  return taken;
}

export interface Verdict {
  readonly outcome: TaskOutcome;
  /** Names the files that the attempt has written. */
  readonly attempt: string;
}

export interface PreparedOutputs {
  /** What the task comes to, if it keeps them. */
  readonly outcome: TaskOutcome;
  /** Writes what is kept; nothing is before. */
  readonly keep: () => Promise<void>;
}

/**
 * What a good end of the task keeps: each output's tag, and its file. An output without its record or its file, without a tag, or written
 * before was not made: then the task did not succeed, and there is nothing to keep.
 */
export async function prepareOutputs(
  tx: Transaction,
  blobs: Blobs,
  task: TaskRecord,
  { outcome, attempt }: Verdict,
): Promise<PreparedOutputs> {
  const without = (end: TaskOutcome): PreparedOutputs => ({ outcome: end, keep: async () => undefined });
  if (!outcome.ok) return without(outcome);
  const failed = (reason: string) => without({ ok: false, reason, log: outcome.log });
  const kept: (() => unknown)[] = [];
  for (const { name, data } of task.outputs) {
    const output = await tx.read<DataRecord>(keys.data(data?.id ?? ''));
    const tag = Object.hasOwn(outcome.tags, name) ? outcome.tags[name] : undefined;
    if (!output) return failed(lost(name, 'its record is missing in the store.'));
    if (!tag) return failed(lost(name, 'the worker stored it without a tag.'));
    // In Teaclave's words.
    if (output.tag) return failed(OVERWRITES);
    kept.push(() => tx.put(keys.data(output.id), { ...output, tag, task: task.id } satisfies DataRecord));
    if (blobId(output.url) === undefined) continue;
    try {
      const { adopt } = await blobs.prepareAdoption(tx, output.url, attempt);
      kept.push(adopt);
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error;
      if (error.code === 'output-written') return failed(OVERWRITES);
      if (!LOST.has(error.code)) throw error;
      return failed(lost(name, error.message));
    }
  }
  const keep = async () => {
    for (const one of kept) await one();
  };
  return { outcome, keep };
}

const OVERWRITES = 'Cannot overwrite output file cmac';
const LOST: ReadonlySet<string> = new Set(['blob-missing', 'unknown-blob']);
const lost = (slot: string, why: string) => `The output "${slot}" is lost: ${why}`;
