/** The wire contracts and the code generated from them, and the canonical task manifest. */

export * as gaiwan from './gen/gaiwan/v1/platform_pb.ts';
export * as worker from './gen/gaiwan/v1/worker_pb.ts';
export * as accessControl from './gen/teaclave/teaclave_access_control_service_pb.ts';
export * as authentication from './gen/teaclave/teaclave_authentication_service_pb.ts';
export * as common from './gen/teaclave/teaclave_common_pb.ts';
export * as frontend from './gen/teaclave/teaclave_frontend_service_pb.ts';
export * as management from './gen/teaclave/teaclave_management_service_pb.ts';
export * as scheduler from './gen/teaclave/teaclave_scheduler_service_pb.ts';
export * as storage from './gen/teaclave/teaclave_storage_service_pb.ts';
export * from './manifest.ts';
export * from './refusals/index.ts';
export type { TaskLimits } from './task-limits.ts';
