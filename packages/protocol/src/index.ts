/**
 * The wire contracts and the code generated from them, and the values that travel the whole way from a client to a worker: the
 * manifest that participants approve, limits, options, statuses.
 */

export {
  type AgreedArgument,
  type AgreedData,
  type AgreedInput,
  type AgreedSlot,
  type Agreement,
  agreementBytes,
  outsideAgreement,
  parseAgreement,
} from './agreement.ts';
export { type Approval, type ApprovalSignature, missingApprovals } from './approvals.ts';
export {
  type Arguments,
  ArgumentsTextError,
  argumentsText,
  readArguments,
  readItems,
  valueText,
} from './arguments/index.ts';
export { canonicalJson } from './canonical-json.ts';
export { type Digests, differences } from './digests.ts';
export {
  base64OfUrl,
  contentDigest,
  contentUrl,
  type FileSchema,
  type FileSecret,
  fileCommitmentBytes,
  fileSchemas,
  SALT_BYTES,
} from './file-secret.ts';
export {
  type FunctionArgument,
  type FunctionDefinition,
  type FunctionSlot,
  functionDefinitionBytes,
  parseFunctionDefinition,
} from './function-definition.ts';
export * as gaiwan from './gen/gaiwan/v1/platform_pb.ts';
export * as worker from './gen/gaiwan/v1/worker_pb.ts';
export * as accessControl from './gen/teaclave/teaclave_access_control_service_pb.ts';
export * as authentication from './gen/teaclave/teaclave_authentication_service_pb.ts';
export * as common from './gen/teaclave/teaclave_common_pb.ts';
export * as frontend from './gen/teaclave/teaclave_frontend_service_pb.ts';
export * as management from './gen/teaclave/teaclave_management_service_pb.ts';
export * as scheduler from './gen/teaclave/teaclave_scheduler_service_pb.ts';
export * as storage from './gen/teaclave/teaclave_storage_service_pb.ts';
export {
  type ManifestFile,
  type ManifestInput,
  type ManifestOutput,
  manifestBytes,
  parseManifest,
  type TaskManifest,
} from './manifest.ts';
export { ManifestError } from './manifest-error.ts';
export type { ManifestParticipant } from './manifest-parts.ts';
export {
  type Authority,
  algorithmOfKey,
  authorityOfKey,
  type KeyAlgorithm,
  keyOfAuthority,
  SIGNATURE_BYTES,
} from './public-key.ts';
export * from './refusals/index.ts';
export {
  parseSignatureText,
  type SentSignature,
  SIGNATURE_HEADER,
  signatureText,
} from './signature-text.ts';
export {
  authorityOfMethod,
  type MethodAuthority,
  type SignedMethod,
  signedMethods,
  statedOf,
} from './signed-methods.ts';
export {
  agreementStatement,
  approvalStatement,
  NONCE_BYTES,
  possessionStatement,
  type Statement,
  statementBytes,
} from './statement.ts';
export { nameOf, parseSubject, SUBJECT_RANDOM_BYTES, type Subject, sortSubjects } from './subject.ts';
export { type RunLimits, type TaskLimits, taskCeilings } from './task-limits.ts';
export {
  isLogReader,
  type LogReader,
  logReaders,
  type SandboxUse,
  sandboxUses,
  type TaskOptions,
} from './task-options.ts';
export { hasEnded, TaskStatus, taskStatusName } from './task-status.ts';
