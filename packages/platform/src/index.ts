/** The platform: the domain and the services over it. */

export { type AskOptions, askAnchor } from './compose/ask-anchor.ts';
export {
  type AttestationServerOptions,
  type RunningService,
  startAttestationService,
} from './compose/attestation-service.ts';
export { type BackupOptions, backUp } from './compose/backup/backup.ts';
export type { BackupManifest } from './compose/backup/manifest.ts';
export { type Restored, type RestoreOptions, restoreBackup } from './compose/backup/restore.ts';
export { configurationChanges, fileChanges } from './compose/changes.ts';
export { type DumpProtection, forbidCoreDumps } from './compose/core-dumps.ts';
export type { TeaclaveOptions } from './compose/identities.ts';
export type { NamedAnchor } from './compose/machine.ts';
export {
  type MeasuredConfiguration,
  type MeasuredDecisions,
  type MeasuredProgram,
  measurePlatform,
} from './compose/measured.ts';
export {
  type RecoverOptions,
  type RecoverServiceOptions,
  recoverDataFolder,
  recoverService,
} from './compose/recover.ts';
export { type ResealOptions, resealPlatform } from './compose/reseal.ts';
export { measureStandalone, type StandaloneService } from './compose/service-machine.ts';
export { type Aside, readSetAside, removeSetAside } from './compose/set-aside.ts';
export { type PlatformOptions, type RunningPlatform, startPlatform } from './compose/single.ts';
export {
  type AuthenticationServerOptions,
  type StorageServerOptions,
  startAuthenticationService,
  startStorageService,
} from './compose/standalone.ts';
export type { StorageOptions } from './compose/storage-options.ts';
export { PlatformError } from './errors.ts';
export type { FairnessOptions } from './fairness/settings.ts';
export type { RetentionPeriods } from './retention/periods.ts';
export { runWorker, type WorkerOptions } from './services/execution/worker.ts';
export type { Recovered } from './state/epoch.ts';
