/** One service of the platform in a process of its own, over a sealed store of its own. */
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { AttestedIdentity, type Machine, type MachineSettings } from '@gaiwan/enclave';
import { compositeMeasurement, PeerVerifier, type ReferenceValues } from '@gaiwan/trust';
import { systemClock } from '../clock.ts';
import { KeySignatures } from '../pipeline/key-signatures.ts';
import type { PublicService } from '../pipeline/public-service.ts';
import { boundsOf } from '../rpc/connections.ts';
import { startRpcServer } from '../rpc/server.ts';
import { stateService } from '../rpc/state.ts';
import { CedarAccessControl } from '../services/access-control/index.ts';
import { AuthenticationService, authenticationServices } from '../services/authentication/index.ts';
import { LocalTaskEvents } from '../services/scheduler/index.ts';
import { storageService } from '../services/storage/index.ts';
import { operatorLine } from '../state/audit/entries.ts';
import { startOf } from '../state/audit/start.ts';
import { StoredAuditLog } from '../state/audit-log.ts';
import { openInstance } from '../state/instance.ts';
import { openListMarks } from '../state/list-marks.ts';
import { OpenAccounts } from '../state/open-accounts.ts';
import { Runs, type StatedStore } from '../state/runs.ts';
import { GoneTeller } from '../tasks/participant-gone.ts';
import { hostName, LOCAL } from './address.ts';
import type { RunningService } from './attestation-service.ts';
import { construct } from './construct.ts';
import { failureOf } from './health.ts';
import { namedAnchorOf } from './machine.ts';
import { openSealedStore } from './sealed-store.ts';
import { authenticationDecisions, openServiceMachine, storageDecisions } from './service-machine.ts';

interface Place {
  /** Folder of the package that the process was started from. */
  readonly program: string;
  readonly data: string;
  readonly machine: MachineSettings;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** As `PlatformOptions.connectionsPerAddress`. */
  readonly connectionsPerAddress?: number;
  readonly report: (error: unknown) => void;
}

export interface AuthenticationServerOptions extends Place {
  /** Seconds for which a token holds; default: 24 hours. */
  readonly tokenLife?: number | undefined;
  /** For the first start; made where it is not given. */
  readonly adminPassword?: string;
}

export interface StorageServerOptions extends Place {
  /** Who may use it: its clients attest themselves, on machines of the same kind. */
  readonly peers: ReferenceValues;
}

/** Teaclave's authentication API, for clients that attest nothing. Rejects with `PlatformError`, and as `openMachine`. */
export async function startAuthenticationService(
  options: AuthenticationServerOptions,
): Promise<RunningService & { readonly adminPassword?: string }> {
  let adminPassword: string | undefined;
  const { report } = options;
  const running = await start(options, authenticationDecisions, async (store, { registers }, parts) => {
    await openListMarks(store);
    const access = new CedarAccessControl();
    const service = await AuthenticationService.open({
      store,
      clock: systemClock,
      tokenLife: options.tokenLife,
    });
    const password = options.adminPassword ?? randomBytes(12).toString('base64url');
    if ((await service.bootstrapAdmin(password)) && options.adminPassword === undefined)
      adminPassword = password;
    const instance = await openInstance(store, systemClock);
    const signatures = new KeySignatures({ clock: systemClock, instance: instance.id });
    // It has no tasks, and keeps no marks of accounts that have ended.
    const teller = parts.use(
      new GoneTeller({ store, clock: systemClock, events: new LocalTaskEvents() }, report),
    );
    const accounts = new OpenAccounts(store, teller.tell);
    const audit = new StoredAuditLog(store);
    parts.defer(() => audit.close());
    const around = { store, clock: systemClock, access, accounts, signatures, audit };
    const services = authenticationServices(service, around);
    const program = compositeMeasurement({ ...registers });
    const runs = await Runs.begin(store, await startOf(store, program, systemClock.now()));
    parts.defer(() => audit.record(operatorLine('stop', systemClock.now())));
    const state = stateService({ instance, runs, clock: systemClock });
    return { services: [...services, state] };
  });
  return { ...running, ...(adminPassword !== undefined && { adminPassword }) };
}

/** Teaclave's storage API, for other services. Rejects with `PlatformError`, and as `openMachine` and `policiesFor`. */
export async function startStorageService(options: StorageServerOptions): Promise<RunningService> {
  const decisions = storageDecisions(options.peers);
  const { policies } = decisions;
  return start(options, decisions, (store, { trust }) =>
    Promise.resolve({ services: [storageService(store)], peers: new PeerVerifier({ ...trust, policies }) }),
  );
}

interface Served {
  readonly services: readonly PublicService[];
  readonly peers?: PeerVerifier;
}

const start = (
  place: Place,
  decisions: object,
  open: (store: StatedStore, machine: Machine, parts: AsyncDisposableStack) => Promise<Served>,
): Promise<RunningService> =>
  construct(async ({ parts }) => {
    const { program, data, machine: settings, host = LOCAL, port, report } = place;
    const { machine, configuration } = await openServiceMachine({ program, machine: settings, decisions });
    await mkdir(data, { recursive: true, mode: 0o700 });
    const store = parts.adopt(await openSealedStore(data, machine, { clock: systemClock, report }), (it) =>
      it.close(),
    );
    const served = await open(store, machine, parts);
    const { attester, registers } = machine;
    const identity = parts.adopt(
      await AttestedIdentity.create({ attester, configuration, hosts: [host], report }),
      (it) => it.close(),
    );
    const { id: instance } = await openInstance(store, systemClock);
    const options = { identity, instance, report, connections: boundsOf(place), ...served };
    const server = parts.adopt(await startRpcServer({ host, port }, options), (it) => it.close());
    // A stop begins with it.
    parts.defer(() => store.hurry());
    return {
      url: `https://${hostName(host)}:${server.port}`,
      tee: attester.kind,
      registers,
      ...namedAnchorOf(machine),
      failed: failureOf(store),
      rotateKeys: () => store.rotateKeys(),
    };
  }, place.report);
