/** A simulated world, and histories of the product in it. See docs/simulation.md. */
export { type RunResult, runHistories } from './run.ts';
export { Vfs } from './sqlite/vfs.ts';
export { type HistoryResult, runHistory } from './store/history.ts';
