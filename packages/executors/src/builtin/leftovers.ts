/** What jobs leave behind in the memory of their thread, which the next job must not be charged for. */
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes that a job may find in use beyond what the thread began with. */
const HELD = 32 << 20;

/** Objects and array buffers: what the pool measures a job's memory by. */
const inUse = () => {
  const heap = getHeapStatistics();
  return heap.used_heap_size + heap.external_memory;
};

let collector: (() => void) | undefined;

/** V8 does not hurry to free what the next job may not need; so it is told to. */
function collect(): void {
  if (!collector) {
    setFlagsFromString('--expose-gc');
    collector = runInNewContext('gc') as () => void;
  }
  collector();
}

export interface Leftovers {
  /** The thread should end, whatever is measured. */
  readonly retire: () => void;
  /** Whether the thread should end; collects garbage where there may be much. */
  readonly tooMuch: () => boolean;
}

/** Counts from now on. */
export function leftovers(): Leftovers {
  const start = inUse();
  let retired = false;
  return {
    retire: () => {
      retired = true;
    },
    tooMuch: () => {
      if (retired) return true;
      if (inUse() - start <= HELD) return false;
      collect();
      return inUse() - start > HELD;
    },
  };
}
