/** A simulated world, and histories of the product in it. See docs/simulation.md. */
export type { HistoryResult } from './history-result.ts';
export { type DayResult, runDay } from './platform/day.ts';
export { type HistoryKind, kindOf, type RunResult, runHistories, runHistory } from './run.ts';
export { Vfs } from './sqlite/vfs.ts';
