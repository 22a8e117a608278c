/** The Unix socket that workers reach the platform through, in a private folder: attested TLS, each side judged by the other. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { AttestedIdentity } from '@gaiwan/enclave';
import type { PeerVerifier } from '@gaiwan/trust';
import { startRpcServer } from '../rpc/server.ts';
import type { Scheduler } from '../services/scheduler/index.ts';
import { workerRoutes } from '../services/scheduler/index.ts';
import { type BlobStore, handleBlob } from '../services/storage/index.ts';

/** Of `sun_path`, less the ending zero. */
const SOCKET_PATH = 107;

export interface InternalServer {
  readonly socket: string;
  close(): Promise<void>;
}

export interface InternalOptions {
  readonly data: string;
  readonly scheduler: Scheduler;
  readonly blobs: BlobStore;
  readonly identity: AttestedIdentity;
  /** Who may be a worker. */
  readonly peers: PeerVerifier;
  readonly report: (error: unknown) => void;
}

export async function startInternalServer(options: InternalOptions): Promise<InternalServer> {
  const { data, scheduler, blobs, identity, peers, report } = options;
  const folder = await socketFolder(data);
  const socket = join(folder, 'platform');
  const server = await startRpcServer(
    { path: socket },
    {
      identity,
      peers,
      routes: workerRoutes(scheduler, report),
      report,
      fallback: (request, response) => {
        void handleBlob(blobs, request, response).then((handled) => {
          if (handled) return;
          response.statusCode = 404;
          response.end();
        });
      },
    },
  );
  return {
    socket,
    async close() {
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** In the data folder, where a next start finds what a killed process left; elsewhere if the path gets too long for a socket. */
async function socketFolder(data: string): Promise<string> {
  const folder = resolve(data, 'run');
  if (folder.length > SOCKET_PATH - 10) return mkdtemp(join(tmpdir(), 'gaiwan-'));
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { mode: 0o700 });
  return folder;
}
