export { isInnerAddress, mayBeInner } from './address.ts';
export { runWorker, type WorkerOptions } from './worker.ts';
export type { WorkerSettings } from './worker-main.ts';
