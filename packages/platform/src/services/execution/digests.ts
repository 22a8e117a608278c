/** What a run made, as SHA-256 of the plaintext. */
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { type ExecutionResult, ExecutorError, readStaged, type Staged } from '@gaiwan/executors';

export interface RunDigests {
  readonly returnValue: Uint8Array;
  readonly outputs: Record<string, Uint8Array>;
}

/** After so many bytes (a few ms) the worker's other tasks get their turn: their limits, cancels and heartbeats. */
const TURN = 4 << 20;

/** Rejects with `ExecutorError`: 'canceled', or 'disk' where the spool was changed. */
export async function stagedDigest(staged: Staged, signal: AbortSignal): Promise<Uint8Array> {
  const hash = createHash('sha256');
  let hashed = 0;
  for (const chunk of readStaged(staged)) {
    hash.update(chunk);
    hashed += chunk.length;
    if (hashed < TURN) continue;
    hashed = 0;
    await setImmediate();
    if (signal.aborted) throw new ExecutorError('canceled', 'The task was cancelled.');
  }
  return hash.digest();
}

/** Rejects as `stagedDigest` does. */
export async function digestsOf(
  { returnValue, outputs }: ExecutionResult,
  signal: AbortSignal,
): Promise<RunDigests> {
  const digests: [string, Uint8Array][] = [];
  for (const [slot, staged] of Object.entries(outputs))
    digests.push([slot, await stagedDigest(staged, signal)]);
  return {
    returnValue: createHash('sha256').update(returnValue).digest(),
    outputs: Object.fromEntries(digests),
  };
}

const same = (one: Uint8Array | undefined, other: Uint8Array | undefined) =>
  one !== undefined && other !== undefined && Buffer.compare(one, other) === 0;

export function sameDigests(one: RunDigests, other: RunDigests): boolean {
  const slots = new Set([...Object.keys(one.outputs), ...Object.keys(other.outputs)]);
  return (
    same(one.returnValue, other.returnValue) &&
    [...slots].every((slot) => same(one.outputs[slot], other.outputs[slot]))
  );
}
