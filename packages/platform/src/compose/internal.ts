/** The Unix socket that workers reach the platform through, in a private folder: attested TLS, each side judged by the other. */
import { lstat, mkdir, mkdtemp, readlink, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import type { AttestedIdentity } from '@gaiwan/enclave';
import type { PeerVerifier } from '@gaiwan/trust';
import { startRpcServer } from '../rpc/server.ts';
import { type Scheduler, workerService } from '../services/scheduler/index.ts';
import type { BlobStore } from '../services/storage/index.ts';
import { confirmWorker } from './confirm-worker.ts';
import { plainRoutes } from './plain-routes.ts';

/** What the name of a socket folder elsewhere begins with. */
const ELSEWHERE = 'gaiwan-run-';
const IS_ELSEWHERE = /^gaiwan-run-[A-Za-z0-9]{6}$/;
/** Of `sun_path`, less the ending zero. */
const SOCKET_PATH = 107;

export interface InternalOptions {
  /** Private: see `makeSocketFolder`. */
  readonly folder: string;
  readonly scheduler: Scheduler;
  readonly blobs: BlobStore;
  readonly identity: AttestedIdentity;
  readonly instance: string;
  /** Who may be a worker. */
  readonly peers: PeerVerifier;
  readonly report: (error: unknown) => void;
}

/** Returns the path of the workers' socket. `parts`: gets the server and its folder. */
export async function startInternalServer(
  options: InternalOptions,
  parts: AsyncDisposableStack,
): Promise<string> {
  const { scheduler, blobs, identity, instance, peers, report, folder } = options;
  const path = join(folder, 'platform');
  const services = [workerService(scheduler, confirmWorker(peers), report)];
  const server = { identity, instance, peers, services, report, fallback: plainRoutes({ blobs }) };
  parts.adopt(await startRpcServer({ path }, server), (it) => it.close());
  return path;
}

/** What a killed process has left of such a folder elsewhere. A link to anything else is nobody's, and what it leads to stays. */
async function removeElsewhere(link: string): Promise<void> {
  const target = await readlink(link).catch(() => undefined);
  if (target === undefined || dirname(target) !== tmpdir() || !IS_ELSEWHERE.test(basename(target))) return;
  const is = await lstat(target).catch(() => undefined);
  if (is?.isDirectory() && is.uid === process.getuid?.()) await rm(target, { recursive: true, force: true });
}

/**
 * A private folder for sockets: `run` in the data folder, where a next start finds what a killed process left. Where that path would get
 * too long for a socket, it is a link to a folder elsewhere. `parts`: gets both.
 */
export async function makeSocketFolder(data: string, parts: AsyncDisposableStack): Promise<string> {
  const folder = resolve(data, 'run');
  await removeElsewhere(folder);
  await rm(folder, { recursive: true, force: true });
  parts.defer(() => rm(folder, { recursive: true, force: true }));
  if (folder.length <= SOCKET_PATH - 10) {
    await mkdir(folder, { mode: 0o700 });
    return folder;
  }
  const elsewhere = await mkdtemp(join(tmpdir(), ELSEWHERE));
  parts.defer(() => rm(elsewhere, { recursive: true, force: true }));
  await symlink(elsewhere, folder);
  return elsewhere;
}
