/** The errors of this package by class, for docs/errors.md. */
import { attestationServiceRefusals } from '@gaiwan/protocol';
import { platformRefusals } from './refusals.ts';
import { leaseRefusals } from './services/execution/lease-refused.ts';
import { taskFaults } from './services/execution/task-fault.ts';
import { workerRefusals } from './services/execution/worker-error.ts';

export const refusalTables = {
  LeaseRefused: leaseRefusals,
  PlatformError: platformRefusals,
  ServiceRefusal: attestationServiceRefusals,
  TaskFault: taskFaults,
  WorkerError: workerRefusals,
} as const;
