/** What jobs leave behind in the memory of their thread, which the next job must not be charged for. */
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { limits } from '../limits.ts';

/** Bytes that a job may find in use beyond what the thread began with. */
const HELD = limits.heldMemory.value;

/** Objects and array buffers: what the pool measures a job's memory by. */
const inUse = () => {
  const heap = getHeapStatistics();
  return heap.used_heap_size + heap.external_memory;
};

let collector: unknown;

/** V8 does not hurry to free what the next job may not need; so it is made to. */
export function collect(): void {
  if (typeof collector !== 'function') {
    setFlagsFromString('--expose-gc');
    collector = runInNewContext('gc');
  }
  if (typeof collector === 'function') collector();
}

/** Watches the memory of a thread, from its making on. */
export class HeldMemory {
  readonly #start = inUse();
  #retired = false;

  /** The thread should end, whatever is measured. */
  retire(): void {
    this.#retired = true;
  }

  /** Whether the thread should end; collects garbage where there may be much. */
  isTooMuch(): boolean {
    if (this.#retired) return true;
    if (inUse() - this.#start <= HELD) return false;
    collect();
    return inUse() - this.#start > HELD;
  }
}
