/** SDK of Gaiwan: connect to a platform that you trust, encrypt, register, approve, invoke, watch, decrypt. */

export {
  hasEnded,
  type LogReader,
  type TaskLimits,
  type TaskManifest,
  type TaskOptions,
  TaskStatus,
  taskStatusName,
} from '@gaiwan/protocol';
export {
  type Auditors,
  type PlatformState,
  type ReferenceValues,
  type RootsOfTrust,
  type ServiceTrust,
  simulationTrust,
  type VerifiedPeer,
  vendorTrust,
} from '@gaiwan/trust';
export { type AgentOptions, agentSigner } from './agent/agent-signer.ts';
export { sshFingerprint } from './agent/public-key.ts';
export {
  type AgreementSummary,
  Agreements,
  type ApprovableAgreement,
  differencesFrom,
  type NewAgreement,
} from './agreements.ts';
export { builtinFunction } from './builtins.ts';
export { type Identity, keyIdOf } from './call-signer.ts';
export * from './connect.ts';
export {
  Data,
  type DataFilter,
  type DataInfo,
  type DataItem,
  type EncryptAndUpload,
  type NewInput,
  type NewOutput,
} from './data.ts';
export type { Deletion } from './deletion.ts';
export * from './errors.ts';
export { explainCode } from './explain.ts';
export { fileSigner, makeKeyFile } from './file-signer.ts';
export type { CodeAccess, FunctionCode, VersionOfFunction } from './function-code.ts';
export {
  type AttachedMaterial,
  type Material,
  type MaterialKind,
  materialKinds,
} from './function-materials.ts';
export * from './functions.ts';
export { type AuditEntry, Gaiwan, type LoginOptions } from './gaiwan.ts';
export { type Account, Keys, type RegisteredKey } from './keys.ts';
export { fileCommitment } from './registered-files.ts';
export { Secret } from './secret.ts';
export type { Signer } from './signer.ts';
export { stateFolder } from './state/folder.ts';
export { type StateMemory, StatesInMemory } from './state/memory.ts';
export { type RetentionPeriods, Storage, type StorageHolder, type StorageUse } from './storage.ts';
export * from './task-types.ts';
export { Tasks } from './tasks.ts';
export type { Downloaded, DownloadGrant, DownloadOptions } from './transfer/download.ts';
export type { UploadSource } from './transfer/source.ts';
export type { UploadOptions } from './transfer/upload.ts';
export { peerAt } from './trust/peer-at.ts';
export type { ConfirmedPlatform } from './trust/sessions.ts';
export * from './users.ts';
export type { WatchOptions } from './watch.ts';
