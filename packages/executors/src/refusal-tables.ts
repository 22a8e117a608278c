/** The refusals of this package, by class of errors: docs/errors.md is generated from here. */
import { requestRefusals } from '@gaiwan/protocol/executor';
import { executorRefusals, hostRefusals } from './errors.ts';
import { sandboxRefusals } from './sandbox/errors.ts';

export const refusalTables = {
  ExecutorError: executorRefusals,
  HostFault: hostRefusals,
  SandboxError: sandboxRefusals,
  RequestError: requestRefusals,
} as const;
