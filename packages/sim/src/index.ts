/** A simulated world, and histories of the product in it. See docs/simulation.md. */
export type { HistoryResult } from './history-result.ts';
export { runPlatformHistory } from './platform/history.ts';
export { type RunResult, runHistories } from './run.ts';
export { Vfs } from './sqlite/vfs.ts';
export { runHistory } from './store/history.ts';
