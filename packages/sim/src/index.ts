/** A simulated world, and histories of the product in it. See docs/simulation.md. */
export { Vfs } from './sqlite/vfs.ts';
export { type HistoryResult, runHistory } from './store/history.ts';
export { type FaultKind, faultKinds } from './world/faults.ts';
