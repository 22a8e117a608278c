export { MAX_ATTEMPTS } from '../../tasks/commits.ts';
export { PATIENCE_MS } from './roster.ts';
export { workerRoutes } from './routes.ts';
export { Scheduler, type SchedulerOptions } from './scheduler.ts';
export { LocalTaskEvents } from './task-events.ts';
