/** What a run made, as SHA-256 of the plaintext. */
import { createHash } from 'node:crypto';
import { type ExecutionResult, readStaged, type Staged } from '@gaiwan/executors';

export interface RunDigests {
  readonly returnValue: Uint8Array;
  readonly outputs: Record<string, Uint8Array>;
}

export function stagedDigest(staged: Staged): Uint8Array {
  const hash = createHash('sha256');
  for (const chunk of readStaged(staged)) hash.update(chunk);
  return hash.digest();
}

export function digestsOf({ returnValue, outputs }: ExecutionResult): RunDigests {
  return {
    returnValue: createHash('sha256').update(returnValue).digest(),
    outputs: Object.fromEntries(
      Object.entries(outputs).map(([slot, staged]) => [slot, stagedDigest(staged)] as const),
    ),
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
