/** All services in one process over the embedded store, workers as child processes. */
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, rm } from 'node:fs/promises';
import type { AttesterKind, Machine, MachineSettings } from '@gaiwan/enclave';
import type { TrustedRoots } from '@gaiwan/provenance';
import { compositeMeasurement, PeerVerifier } from '@gaiwan/trust';
import type { Logger } from 'pino';
import { systemClock } from '../clock.ts';
import type { PlatformError } from '../errors.ts';
import { Fairness, type FairnessOptions } from '../fairness/settings.ts';
import type { PublicService } from '../pipeline/public-service.ts';
import type { RetentionPeriods } from '../retention/periods.ts';
import { boundsOf } from '../rpc/connections.ts';
import { startRpcServer } from '../rpc/server.ts';
import type { Aside, BlobStore, SetAside } from '../services/storage/index.ts';
import { operatorLine } from '../state/audit/entries.ts';
import { EVERYWHERE, hostName, LOCAL } from './address.ts';
import { startBackupService } from './backup/service.ts';
import { removeSnapshots } from './backup/snapshot.ts';
import { type Closable, type Construction, construct } from './construct.ts';
import { Health } from './health.ts';
import { type Identities, openIdentities, type TeaclaveOptions } from './identities.ts';
import { makeSocketFolder, startInternalServer } from './internal.ts';
import { openLog } from './log.ts';
import { type NamedAnchor, namedAnchorOf, openMeasuredMachine } from './machine.ts';
import { type MeasuredDecisions, platformSettings } from './measured.ts';
import { parseOrigin } from './origins.ts';
import { plainRoutes } from './plain-routes.ts';
import { openSealedStore, type SealedStore } from './sealed-store.ts';
import { openServices, type Services } from './services.ts';
import type { StorageOptions } from './storage-options.ts';
import { startWorkers } from './workers.ts';

export interface PlatformOptions extends MeasuredDecisions {
  /** Folder of the package that the process was started from: what is measured. */
  readonly program: string;
  /** What attests it and keeps its keys. */
  readonly machine: MachineSettings;
  /** Data folder; made where it is absent. */
  readonly data: string;
  /** Default 7776 and 7777; 0 takes a free one. */
  readonly authPort?: number;
  readonly frontendPort?: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Further names and addresses for the certificate. */
  readonly hosts?: readonly string[];
  /** Connections to each port from one address; a proxy in front of it brings all of them from its own. Default: as limits.md says. */
  readonly connectionsPerAddress?: number;
  /** Worker processes, default 1. */
  readonly workers?: number;
  /** Threads of each worker. */
  readonly slots?: number;
  /** Seconds for which a token holds; default: 24 hours. */
  readonly tokenLife?: number | undefined;
  /** Whose word about builds counts; absent: no provenance is attached to functions. */
  readonly buildRoots?: TrustedRoots | undefined;
  /** How users and groups share the workers. Default: all have the same. */
  readonly fairness?: FairnessOptions;
  /** What accounts may have it keep, and what room is left to its store. */
  readonly storage?: StorageOptions;
  /** How long things are kept. Default: until their owners delete them. */
  readonly retention?: RetentionPeriods;
  /** For the first start; made where it is not given. */
  readonly adminPassword?: string;
  /** For Teaclave's clients: who signs reports about this platform, and whether its certificates are for them alone. */
  readonly teaclave?: TeaclaveOptions;
  /** A pino level; default `warn`. */
  readonly logLevel?: string;
}

export interface RunningPlatform extends Closable {
  readonly authentication: string;
  readonly frontend: string;
  /** What it attests with. */
  readonly tee: AttesterKind;
  /** Its registers, by their names in policies. */
  readonly registers: Machine['registers'];
  /** Which instance it is: 64 hexadecimal digits, for clients that pin it. */
  readonly instance: string;
  /** What remembers its newest state. Absent: a rollback of the whole data folder goes unnoticed. */
  readonly anchor?: NamedAnchor;
  /** Files in the folder of blobs that the store did not know: this start moved them. The store was rolled back, perhaps. */
  readonly setAside?: SetAside;
  /** What starts have moved there and nobody has removed. */
  readonly aside: Aside;
  /** Only when it was made at this start. */
  readonly adminPassword?: string;
  /**
   * Resolves with why it has to be started anew, e.g. that its disk has failed: from then on it is not ready, and nothing is written. It is
   * to be closed. Never, where that does not happen.
   */
  readonly failed: Promise<PlatformError>;
  workerPids(): number[];
  /** Pairs "<executor_type>/<executor>" that can be run, once its workers have come. */
  executors(): Promise<readonly string[]>;
  /** Another root key and another key for what is stored, while the platform continues to serve. Resolves when nothing is left under the old ones. */
  rotateKeys(): Promise<void>;
}

/** Rejects with `PlatformError`; what was begun is undone. */
export async function startPlatform(options: PlatformOptions): Promise<RunningPlatform> {
  const log = openLog(options.logLevel ?? 'warn');
  const report = (error: unknown) =>
    log.error({ err: error }, error instanceof Error ? error.message : 'unexpected');
  return construct((construction) => assemble({ ...options, log, report }, construction), report);
}

interface Assembly extends PlatformOptions {
  readonly log: Logger;
  readonly report: (error: unknown) => void;
}

async function assemble(
  assembly: Assembly,
  construction: Construction,
): Promise<Omit<RunningPlatform, 'close'>> {
  const { data, log, report, workerPolicies = [] } = assembly;
  const { parts } = construction;
  const settings = platformSettings(assembly);
  const fairness = new Fairness(assembly.fairness);
  const { taskLimits, taskMaxima } = settings;
  const allowedOrigins = settings.allowUrls.map(parseOrigin);
  const machine = await openMeasuredMachine(assembly);
  const store = await openDataFolder(assembly, machine, construction);
  const identities = await identify(assembly, machine, parts);
  const ids = Array.from({ length: assembly.workers ?? 1 }, (_, index) => `worker-${index}`);
  const roster = { expected: ids, others: workerPolicies.length > 0 };
  const health = new Health();
  const { fail: failed } = health;
  void store.failed.then(failed);
  const options = {
    store,
    program: compositeMeasurement({ ...machine.registers }),
    data,
    clock: systemClock,
    allowedOrigins,
    roster,
    storage: assembly.storage ?? {},
    retention: assembly.retention ?? {},
    report,
    failed,
    taskLimits,
    taskMaxima,
    sandboxes: settings.executors.freshSandboxes ? ('fresh' as const) : ('kept' as const),
    fairness,
    tokenLife: assembly.tokenLife,
    buildRoots: assembly.buildRoots,
  };
  const services = await openServices(options, parts);
  const { instance, blobs, audit, scheduler, authentication, setAside, aside } = services;
  if (!machine.anchor) log.warn('no anchor: a rollback of the whole data folder goes unnoticed');
  if (setAside) log.warn(setAside, 'files that the store does not know were set aside');
  if (aside.files > 0) log.warn(aside, 'files that were set aside take room: gaiwan set-aside');

  const peers = new PeerVerifier({ ...machine.trust, policies: [machine.self, ...workerPolicies] });
  const folder = await makeSocketFolder(data, parts);
  const internal = { folder, scheduler, blobs, identity: identities.internal, instance, peers, report };
  const socket = await startInternalServer(internal, parts);
  await removeSnapshots(data);
  const copyStore = (to: string) => store.copyTo(to);
  const begins = () => audit.write(operatorLine('backup', systemClock.now()));
  await startBackupService({ data, copyStore, begins, sockets: folder, report }, parts);
  await scheduler.start();
  parts.defer(() => scheduler.stop());
  const ended = (id: string) => scheduler.gone(id);
  const workers = await startWorkers({ ...assembly, ids, socket, settings, ended }, parts);

  const ports = await openPublicPorts({ ...assembly, health }, services, identities, parts);
  // Last, when nothing can fail any more: a password that was made and never shown would lock everybody out.
  const adminPassword = assembly.adminPassword ?? randomBytes(12).toString('base64url');
  const bootstrapped = await authentication.bootstrapAdmin(adminPassword);
  // A stop begins with it.
  parts.defer(() => {
    health.stop();
    store.hurry();
  });
  log.info(ports, 'the platform is ready');
  return {
    ...ports,
    tee: machine.attester.kind,
    registers: machine.registers,
    instance,
    ...namedAnchorOf(machine),
    ...(setAside && { setAside }),
    aside,
    ...(bootstrapped && assembly.adminPassword === undefined ? { adminPassword } : {}),
    failed: health.failed,
    workerPids: () => workers.pids,
    executors: () => scheduler.pairs(),
    rotateKeys: () => store.rotateKeys(),
  };
}

/** A folder that this start made is removed where the start fails. */
async function openDataFolder(
  { data, report }: Assembly,
  machine: Machine,
  { parts, undo }: Construction,
): Promise<SealedStore> {
  const made = await mkdir(data, { recursive: true, mode: 0o700 });
  await chmod(data, 0o700);
  const store = parts.adopt(await openSealedStore(data, machine, { clock: systemClock, report }), (it) =>
    it.close(),
  );
  // Only now: what another process has made its own in the meantime is not ours to remove.
  if (made !== undefined) undo.defer(() => rm(data, { recursive: true, force: true }));
  return store;
}

async function identify(
  { host = LOCAL, hosts = [], teaclave, log, report }: Assembly,
  { attester, configuration, trust }: Machine,
  parts: AsyncDisposableStack,
): Promise<Identities> {
  const names = [...hosts, ...(host === EVERYWHERE ? [] : [host])];
  const wanted = { attester, configuration, trust, hosts: names, ...(teaclave && { teaclave }), report };
  const identities = parts.adopt(await openIdentities(wanted), (it) => it.close());
  if (identities.internal.simulated)
    log.warn('SIMULATION: the machine is simulated, nothing here is protected from it');
  return identities;
}

async function openPublicPorts(
  assembly: Assembly & { readonly health: Health },
  { instance, onAuthenticationPort, onFrontendPort, blobs }: Services,
  { public: identity }: Identities,
  parts: AsyncDisposableStack,
): Promise<{ readonly authentication: string; readonly frontend: string }> {
  const { host = LOCAL, authPort = 7776, frontendPort = 7777, report } = assembly;
  const open = async (port: number, services: readonly PublicService[], files?: BlobStore) => {
    const options = {
      identity,
      instance,
      services,
      connections: boundsOf(assembly),
      report,
      fallback: plainRoutes({ health: assembly.health, blobs: files }),
    };
    const server = parts.adopt(await startRpcServer({ host, port }, options), (it) => it.close());
    return `https://${hostName(host)}:${server.port}`;
  };
  return {
    authentication: await open(authPort, onAuthenticationPort),
    frontend: await open(frontendPort, onFrontendPort, blobs),
  };
}
