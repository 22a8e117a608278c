export type { RosterOptions } from './roster.ts';
export { type ConfirmWorker, workerService } from './routes.ts';
export { Scheduler } from './scheduler.ts';
export { LocalTaskEvents } from './task-events.ts';
