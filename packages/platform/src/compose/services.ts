/** The services of a platform over one store. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { SandboxUse } from '@gaiwan/protocol';
import type { TrustedRoots } from '@gaiwan/provenance';
import type { StoreError } from '@gaiwan/store';
import type { Fairness } from '../fairness/settings.ts';
import { KeySignatures } from '../pipeline/key-signatures.ts';
import type { PublicService } from '../pipeline/public-service.ts';
import type { AccessControl, AuditLog, SystemClock } from '../ports.ts';
import type { RetentionPeriods } from '../retention/periods.ts';
import { Retention } from '../retention/retention.ts';
import { stateService } from '../rpc/state.ts';
import { CedarAccessControl } from '../services/access-control/index.ts';
import { AuthenticationService, authenticationServices } from '../services/authentication/index.ts';
import { createManagement, frontendServices } from '../services/management/index.ts';
import { LocalTaskEvents, type RosterOptions, Scheduler } from '../services/scheduler/index.ts';
import { type Aside, BlobStore, measureAside, type SetAside } from '../services/storage/index.ts';
import { operatorLine } from '../state/audit/entries.ts';
import { startOf } from '../state/audit/start.ts';
import { StoredAuditLog } from '../state/audit-log.ts';
import { openInstance } from '../state/instance.ts';
import { openListMarks } from '../state/list-marks.ts';
import { OpenAccounts } from '../state/open-accounts.ts';
import { OpenAttempts } from '../state/open-attempts.ts';
import { Runs, type StatedStore } from '../state/runs.ts';
import { GoneTeller } from '../tasks/participant-gone.ts';
import type { TaskBounds } from './measured.ts';
import { requireOriginOf } from './origins.ts';
import { asideOf } from './set-aside.ts';
import { openHoldings, type StorageOptions } from './storage-options.ts';

export interface ServicesOptions extends TaskBounds {
  /** Which sandboxes manifests allow. */
  readonly sandboxes?: SandboxUse | undefined;
  /** See `ManagementContext`. */
  readonly buildRoots?: TrustedRoots | undefined;
  readonly store: StatedStore;
  /** The measurement of what runs. */
  readonly program: string;
  /** The data folder. */
  readonly data: string;
  readonly clock: SystemClock;
  readonly allowedOrigins: readonly string[];
  /** Seconds for which a token holds. */
  readonly tokenLife?: number | undefined;
  /** How users and groups share the workers. */
  readonly fairness: Fairness;
  /** Who will be a worker. */
  readonly roster: RosterOptions;
  readonly storage: StorageOptions;
  readonly retention: RetentionPeriods;
  readonly report: (error: unknown) => void;
  /** Gets why no file can be written any more. */
  readonly failed: (error: StoreError) => void;
}

export interface Services {
  /** Id of this instance, 64 hexadecimal digits. */
  readonly instance: string;
  readonly blobs: BlobStore;
  readonly audit: AuditLog;
  /** Files beside the store that it did not know. */
  readonly setAside?: SetAside;
  /** Of all starts. */
  readonly aside: Aside;
  readonly scheduler: Scheduler;
  readonly authentication: AuthenticationService;
  /** By the port that they are for. */
  readonly onAuthenticationPort: readonly PublicService[];
  readonly onFrontendPort: readonly PublicService[];
}

/** `parts`: gets what is to be closed before the store is. `access`: which takes some tenths of a second to make. */
export async function openServices(
  options: ServicesOptions,
  parts: AsyncDisposableStack,
  access: AccessControl = new CedarAccessControl(),
): Promise<Services> {
  const { store, program, data, clock, allowedOrigins, roster, fairness, report, failed } = options;
  const { taskLimits, taskMaxima, sandboxes, buildRoots } = options;
  const ids = randomUUID;
  const events = new LocalTaskEvents();
  const teller = parts.use(new GoneTeller({ store, clock, events }, report));
  await openListMarks(store);
  const accounts = new OpenAccounts(store, teller.tell);
  const attempts = new OpenAttempts();
  const { holdings, room } = await openHoldings(store, data, options.storage);
  const folder = join(data, 'blobs');
  const kept = { store, folder, clock, accounts, attempts, holdings, room, ids, failed, report };
  const blobs = await BlobStore.open(kept);
  parts.defer(() => blobs.settled());
  const setAside = await blobs.sweep(asideOf(data));
  const aside = await measureAside(asideOf(data));
  const audit = new StoredAuditLog(store);
  parts.defer(() => audit.close());
  const authentication = await AuthenticationService.open({ store, clock, tokenLife: options.tokenLife });
  const instance = await openInstance(store, clock);
  const signatures = new KeySignatures({ clock, instance: instance.id });
  const runs = await Runs.begin(store, await startOf(store, program, clock.now()));
  parts.defer(() => audit.record(operatorLine('stop', clock.now())));
  const state = stateService({ instance, runs, clock });
  // Refused before anything is served.
  await authentication.isNew();
  const scheduled = { store, blobs, attempts, events, clock, holdings, roster, fairness, report };
  const scheduler = new Scheduler(scheduled);
  const { retention: periods } = options;
  parts.use(new Retention({ store, clock, blobs, holdings, periods, report })).start();
  const requireAllowedUrl = requireOriginOf(allowedOrigins);
  const context = {
    store,
    scheduler,
    events,
    blobs,
    audit,
    access,
    holdings,
    retention: periods,
    ids,
    requireAllowedUrl,
    taskLimits,
    taskMaxima,
    sandboxes,
    buildRoots,
  };
  return {
    instance: instance.id,
    blobs,
    audit,
    ...(setAside && { setAside }),
    aside,
    scheduler,
    authentication,
    onAuthenticationPort: [
      ...authenticationServices(authentication, { store, clock, access, accounts, signatures, audit }),
      state,
    ],
    onFrontendPort: [
      ...frontendServices(createManagement(context), {
        store,
        clock,
        access,
        events,
        authenticator: authentication,
        signatures,
        accounts,
        audit,
      }),
      state,
    ],
  };
}
