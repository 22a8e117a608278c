/** All services in one process over the embedded store, workers as child processes. */
import { randomBytes, randomUUID } from 'node:crypto';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { AttesterKind, Machine, MachineSettings } from '@gaiwan/enclave';
import { PeerVerifier } from '@gaiwan/trust';
import { type Logger, pino } from 'pino';
import { refuse } from '../errors.ts';
import { type RpcServer, startRpcServer } from '../rpc/server.ts';
import { CedarAccessControl } from '../services/access-control/index.ts';
import { AuthenticationService, authenticationRoutes } from '../services/authentication/index.ts';
import { frontendRoutes } from '../services/frontend/index.ts';
import { createManagement, StoredAuditLog } from '../services/management/index.ts';
import type { Clock } from '../services/ports.ts';
import { LocalTaskEvents, Scheduler } from '../services/scheduler/index.ts';
import { BlobStore, handleBlob } from '../services/storage/index.ts';
import { openIdentities, type TeaclaveOptions } from './identities.ts';
import { startInternalServer } from './internal.ts';
import { openMeasuredMachine } from './machine.ts';
import { type MeasuredDecisions, platformSettings } from './measured.ts';
import { parseOrigin } from './origins.ts';
import { openSealedStore } from './sealed-store.ts';
import { WorkerProcesses } from './worker-processes.ts';

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
  /** Worker processes, default 1. */
  readonly workers?: number;
  /** Threads of each worker. */
  readonly slots?: number;
  /** For the first start; made where it is not given. */
  readonly adminPassword?: string;
  /** For Teaclave's clients: who signs reports about this platform, and whether its certificates are for them alone. */
  readonly teaclave?: TeaclaveOptions;
  /** A pino level; default `warn`. */
  readonly logLevel?: string;
}

export interface RunningPlatform {
  readonly authentication: string;
  readonly frontend: string;
  /** What it attests with. */
  readonly tee: AttesterKind;
  /** Its registers, by their names in policies. */
  readonly registers: Machine['registers'];
  /** Only when it was made at this start. */
  readonly adminPassword?: string;
  workerPids(): number[];
  /** Pairs "<executor_type>/<executor>" that can be run, once its workers have come. */
  executors(): Promise<readonly string[]>;
  /** Another root key and another key for what is stored, while everything goes on. Resolves when nothing is left under the old ones. */
  rotateKeys(): Promise<void>;
  close(): Promise<void>;
}

const clock: Clock = { now: Date.now };

/** Rejects with `PlatformError`; what was begun is undone. */
export async function startPlatform(options: PlatformOptions): Promise<RunningPlatform> {
  const undo: Undo = { closers: [] };
  const close = async () => {
    for (const closer of undo.closers.splice(0).reverse()) await closer();
  };
  try {
    return { ...(await start(options, undo)), close };
  } catch (error) {
    await close();
    if (undo.folder !== undefined) await rm(undo.folder, { recursive: true, force: true });
    throw error;
  }
}

interface Undo {
  readonly closers: (() => Promise<void> | void)[];
  /** The data folder, if this start made it. */
  folder?: string;
}

async function start(options: PlatformOptions, undo: Undo): Promise<Omit<RunningPlatform, 'close'>> {
  const { closers } = undo;
  const log = pino(
    { level: options.logLevel ?? 'warn', base: null },
    pino.destination({ fd: 2, sync: true }),
  );
  const report = (error: unknown) => logError(log, error);
  const settings = platformSettings(options);
  const allowedOrigins = settings.allowUrls.map(parseOrigin);
  const host = options.host ?? '127.0.0.1';
  const machine = await openMeasuredMachine(options);

  const made = await mkdir(options.data, { recursive: true, mode: 0o700 });
  await chmod(options.data, 0o700);
  const store = await openSealedStore(options.data, machine, { clock, report });
  closers.push(() => store.close());
  // Only now: what another process has made its own in the meantime is not ours to remove.
  if (made !== undefined) undo.folder = options.data;
  const identities = await openIdentities({
    attester: machine.attester,
    configuration: machine.configuration,
    trust: machine.trust,
    hosts: [...(options.hosts ?? []), ...(host === '0.0.0.0' ? [] : [host])],
    ...(options.teaclave && { teaclave: options.teaclave }),
    report,
  });
  closers.push(() => identities.close());
  if (identities.internal.simulated)
    log.warn('SIMULATION: the machine is simulated, nothing here is protected from it');

  const access = new CedarAccessControl();
  const blobs = await BlobStore.open({ store, folder: join(options.data, 'blobs'), clock, ids: randomUUID });
  await blobs.sweep();
  const events = new LocalTaskEvents();
  const audit = new StoredAuditLog(store);
  closers.push(() => audit.flush());
  const authentication = await AuthenticationService.open({ store, access, clock });
  const { workers: processes = 1, workerPolicies = [] } = options;
  const workerIds = Array.from({ length: processes }, (_, index) => `worker-${index}`);
  const roster = { expected: workerIds, others: workerPolicies.length > 0 };
  const scheduler = new Scheduler({ store, blobs, events, clock, roster, report });
  const management = createManagement({
    store,
    access,
    scheduler,
    events,
    blobs,
    audit,
    clock,
    ids: randomUUID,
    taskLimits: settings.taskLimits,
    taskMaxima: settings.taskMaxima,
    requireAllowedUrl: ({ origin }) => {
      if (!allowedOrigins.includes(origin)) {
        throw refuse(
          'url-not-allowed',
          `The operator has not allowed ${origin}: upload the file to the platform, or ask for --allow-url ${origin}.`,
        );
      }
    },
  });

  const peers = new PeerVerifier({ ...machine.trust, policies: [machine.self, ...workerPolicies] });
  const internal = await startInternalServer({
    data: options.data,
    scheduler,
    blobs,
    identity: identities.internal,
    peers,
    report,
  });
  closers.push(() => internal.close());
  await scheduler.start();
  closers.push(() => scheduler.stop());
  const folder = join(options.data, 'work');
  await rm(folder, { recursive: true, force: true });
  closers.push(() => rm(folder, { recursive: true, force: true }));
  const slots = options.slots ?? Math.max(1, availableParallelism() - 1);
  const workerSettings = workerIds.map((id, index) => ({
    id,
    socket: internal.socket,
    machine: options.machine,
    program: options.program,
    settings,
    folder: join(folder, String(index)),
    slots,
  }));
  const workers = new WorkerProcesses(workerSettings, report);
  closers.push(() => workers.close());

  const serve = async (
    port: number,
    routes: Parameters<typeof startRpcServer>[1]['routes'],
    files: boolean,
  ): Promise<RpcServer> => {
    const server = await startRpcServer(
      { host, port },
      {
        identity: identities.public,
        routes,
        report,
        fallback: (request, response) => {
          const handled = files ? handleBlob(blobs, request, response) : Promise.resolve(false);
          void handled.then((done) => {
            if (done) return;
            response.statusCode = 404;
            response.end();
          });
        },
      },
    );
    closers.push(() => server.close());
    return server;
  };
  const api = await serve(options.authPort ?? 7776, authenticationRoutes(authentication), false);
  const front = await serve(
    options.frontendPort ?? 7777,
    frontendRoutes({ authenticator: authentication, access, management, audit, clock }),
    true,
  );
  // Last, when nothing can fail any more: a password that was made and never shown would lock everybody out.
  const adminPassword = options.adminPassword ?? randomBytes(12).toString('base64url');
  const bootstrapped = await authentication.bootstrapAdmin(adminPassword);
  const name = host === '0.0.0.0' || host === '127.0.0.1' ? 'localhost' : host;
  log.info({ authentication: api.port, frontend: front.port }, 'the platform is ready');
  return {
    authentication: `https://${name}:${api.port}`,
    frontend: `https://${name}:${front.port}`,
    tee: machine.attester.kind,
    registers: machine.registers,
    ...(bootstrapped && options.adminPassword === undefined ? { adminPassword } : {}),
    workerPids: () => workers.pids,
    executors: () => scheduler.pairs(),
    rotateKeys: () => store.rotateKeys(),
  };
}

function logError(log: Logger, error: unknown): void {
  log.error({ err: error }, error instanceof Error ? error.message : 'unexpected');
}
