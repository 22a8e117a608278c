/** The Unix socket that workers reach the platform through, in a private folder: attested TLS, each side judged by the other. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { AttestedIdentity } from '@gaiwan/enclave';
import type { PeerVerifier } from '@gaiwan/trust';
import { startRpcServer } from '../rpc/server.ts';
import { type Scheduler, workerService } from '../services/scheduler/index.ts';
import type { BlobStore } from '../services/storage/index.ts';
import { confirmWorker } from './confirm-worker.ts';
import { plainRoutes } from './plain-routes.ts';

/** Of `sun_path`, less the ending zero. */
const SOCKET_PATH = 107;

export interface InternalOptions {
  readonly data: string;
  readonly scheduler: Scheduler;
  readonly blobs: BlobStore;
  readonly identity: AttestedIdentity;
  readonly instance: string;
  /** Who may be a worker. */
  readonly peers: PeerVerifier;
  readonly report: (error: unknown) => void;
}

/** Returns the socket's path. `parts`: gets the server and its folder. */
export async function startInternalServer(
  options: InternalOptions,
  parts: AsyncDisposableStack,
): Promise<string> {
  const { data, scheduler, blobs, identity, instance, peers, report } = options;
  const folder = await socketFolder(data);
  parts.defer(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'platform');
  const services = [workerService(scheduler, confirmWorker(peers), report)];
  const server = { identity, instance, peers, services, report, fallback: plainRoutes(blobs) };
  parts.adopt(await startRpcServer({ path }, server), (it) => it.close());
  return path;
}

/** In the data folder, where a next start finds what a killed process left; elsewhere if the path gets too long for a socket. */
async function socketFolder(data: string): Promise<string> {
  const folder = resolve(data, 'run');
  if (folder.length > SOCKET_PATH - 10) return mkdtemp(join(tmpdir(), 'gaiwan-'));
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { mode: 0o700 });
  return folder;
}
