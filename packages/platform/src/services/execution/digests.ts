/** What a run made, as SHA-256 of the plaintext. */

import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { dictionary } from '@gaiwan/errors';
import { type ExecutionResult, ExecutorError, readStaged, type Staged } from '@gaiwan/executors';
import type { Digests } from '@gaiwan/protocol';
import { sha256 } from '../../domain/sha256.ts';

/** After so many bytes (a few ms) the worker's other tasks get their turn: their limits, cancels and heartbeats. */
const TURN = 4 << 20;

/** As `readStaged`. Rejects with `ExecutorError` ('canceled'), and `HostFault` ('disk') where the spool was changed. */
export async function* readInTurns(staged: Staged, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  let read = 0;
  for (const chunk of readStaged(staged)) {
    yield chunk;
    read += chunk.length;
    if (read < TURN) continue;
    read = 0;
    await setImmediate();
    if (signal.aborted) throw new ExecutorError('canceled', 'The task was cancelled.');
  }
}

/** Rejects as `readInTurns` throws. */
export async function stagedDigest(staged: Staged, signal: AbortSignal): Promise<Uint8Array> {
  const hash = createHash('sha256');
  for await (const chunk of readInTurns(staged, signal)) hash.update(chunk);
  return hash.digest();
}

/** Rejects as `stagedDigest` does. */
export async function digestsOf(
  { returnValue, outputs }: ExecutionResult,
  signal: AbortSignal,
): Promise<Digests> {
  const digests: [string, Uint8Array][] = [];
  for (const [slot, staged] of Object.entries(outputs))
    digests.push([slot, await stagedDigest(staged, signal)]);
  return {
    returnValue: sha256(returnValue),
    outputs: dictionary(digests),
  };
}
