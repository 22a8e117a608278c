/** What the simulated world puts together itself, since it has no processes, ports and connections (docs/simulation.md). Not for programs. */

export { systemClock } from './clock.ts';
export { Health } from './compose/health.ts';
export { keepKeysYoung } from './compose/key-rotation.ts';
export { openServices, type Services, type ServicesOptions } from './compose/services.ts';
export { type StartWorker, WorkerProcesses } from './compose/worker-processes.ts';
export { decodeRecord } from './domain/codec.ts';
export { type HeldRecord, keys, type TaskRecord, usageLog } from './domain/index.ts';
export { PlatformError } from './errors.ts';
export { Fairness } from './fairness/settings.ts';
export { defaultTaskLimits, defaultTaskMaxima, limits } from './limits.ts';
export type { PublicMethod } from './pipeline/method.ts';
export type { PublicService } from './pipeline/public-service.ts';
export { toConnectError } from './rpc/errors.ts';
export { CedarAccessControl } from './services/access-control/index.ts';
export { LazyExecutor } from './services/execution/lazy-executor.ts';
export type { FromWorker } from './services/execution/lease-work.ts';
export type { PlatformLink, ReachPlatform } from './services/execution/platform-link.ts';
export type { TaskFiles } from './services/execution/task-files.ts';
export { workOver } from './services/execution/worker.ts';
export { serveWorker } from './services/scheduler/routes.ts';
export { handleBlob } from './services/storage/routes.ts';
export type { StatedStore } from './state/runs.ts';
