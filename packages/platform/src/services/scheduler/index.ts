export { PATIENCE_MS, type RosterOptions } from './roster.ts';
export { workerService } from './routes.ts';
export { Scheduler, type SchedulerOptions } from './scheduler.ts';
export { LocalTaskEvents } from './task-events.ts';
