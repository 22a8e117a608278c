/** What the management service works with. */
import type { SandboxUse, TaskLimits } from '@gaiwan/protocol';
import type { TrustedRoots } from '@gaiwan/provenance';
import type { Store } from '@gaiwan/store';
import type { AccessControl, AuditLog, Blobs, TaskEvents, TaskScheduler } from '../../ports.ts';
import type { RetentionPeriods } from '../../retention/periods.ts';
import type { Holdings } from '../../state/holdings.ts';

export interface ManagementContext {
  readonly store: Store;
  readonly scheduler: TaskScheduler;
  readonly events: TaskEvents;
  readonly blobs: Blobs;
  readonly audit: AuditLog;
  /** For what others may do. */
  readonly access: Pick<AccessControl, 'permits'>;
  readonly holdings: Holdings;
  /** How long the operator has things kept. */
  readonly retention: RetentionPeriods;
  /** Fresh UUIDs. */
  readonly ids: () => string;
  /** Throws `PlatformError` for an external URL whose origin the operator did not allow. */
  readonly requireAllowedUrl: (url: URL) => void;
  /** What a task may use, and what it may ask for at most. */
  readonly taskLimits: TaskLimits;
  readonly taskMaxima: TaskLimits;
  /** Which sandboxes manifests allow. Absent: fresh ones. */
  readonly sandboxes?: SandboxUse | undefined;
  /** Whose word about builds counts. Absent: no provenance is taken. */
  readonly buildRoots?: TrustedRoots | undefined;
}
