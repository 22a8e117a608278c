/** The threads that hash passwords give way to the one that serves calls. */
import { readdirSync, readFileSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

/** Names that libuv gives its threads, and the place of their numbers. */
const POOL = 'libuv-worker';
const TASKS = '/proc/self/task';
/** Steps below the process: a thread gets a third of what the others get where both want a processor. */
const BELOW = 5;
const LOWEST = 19;
let done = false;

/**
 * Lowers the priority of the threads of Node's pool, once. Hashes for those who guess passwords occupy one of them all the time; where processors
 * are few, every step of a call would wait for it. Call it when something has run in the pool: all its threads start with the first.
 * On Linux priorities belong to threads (setpriority(2), "C library/kernel differences"); elsewhere nothing is done.
 */
export function lowerPoolPriority(): void {
  if (done || process.platform !== 'linux') return;
  done = true;
  const priority = Math.min(LOWEST, getPriority() + BELOW);
  for (const thread of poolThreads()) setPriority(thread, priority);
}

/** Their numbers. */
export const poolThreads = (): number[] =>
  readdirSync(TASKS)
    .map(Number)
    .filter((thread) => nameOf(thread) === POOL);

function nameOf(thread: number): string | undefined {
  try {
    return readFileSync(`${TASKS}/${thread}/comm`, 'latin1').trim();
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
}
