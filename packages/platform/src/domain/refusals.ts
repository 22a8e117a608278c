/** The platform's refusals, with Teaclave's gRPC codes and texts (contract 1.8) and our own codes and sentences. */
import { Code } from '@connectrpc/connect';
import { PlatformError } from '../errors.ts';

type More = { readonly subjects?: readonly string[]; readonly policyId?: string; readonly cause?: unknown };

const make =
  (grpc: Code, wire?: string) =>
  (code: string, sentence: string, more: More = {}): PlatformError =>
    new PlatformError(sentence, { code, grpc, ...(wire === undefined ? {} : { wire }), ...more });

export const refuse = {
  denied: make(Code.PermissionDenied, 'permission denied'),
  dataId: make(Code.InvalidArgument, 'invalid data id'),
  functionId: make(Code.InvalidArgument, 'invalid function id'),
  taskId: make(Code.InvalidArgument, 'invalid task id'),
  task: make(Code.InvalidArgument, 'invalid task'),
  outputFile: make(Code.InvalidArgument, 'invalid output file'),
  assign: make(Code.Unknown, 'failed to assign data to task'),
  approve: make(Code.Unknown, 'failed to approve task'),
  invoke: make(Code.Unknown, 'failed to invoke task'),
  quota: make(Code.Unknown, 'function quota has been used up'),
  cancel: make(Code.Unknown, 'failed to cancel task, reason: task has already been canceled'),
  /** Conversion failures: the contract's text is ours to choose, its code is 13. */
  conversion: make(Code.Internal),
  precondition: make(Code.FailedPrecondition),
  invalid: make(Code.InvalidArgument),
  notFound: make(Code.NotFound),
  tooLarge: make(Code.ResourceExhausted),
  busy: make(Code.Unavailable),
} as const;
