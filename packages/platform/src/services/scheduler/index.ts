export { workerRoutes } from './routes.ts';
export { MAX_ATTEMPTS, Scheduler, type SchedulerOptions } from './scheduler.ts';
export { LocalTaskEvents } from './task-events.ts';
