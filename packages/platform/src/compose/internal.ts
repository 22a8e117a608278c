/** The two Unix sockets that workers reach the platform through, in a private folder. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer as createHttp } from 'node:http';
import { createServer as createHttp2, type ServerHttp2Session } from 'node:http2';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import type { Scheduler } from '../services/scheduler/index.ts';
import { workerRoutes } from '../services/scheduler/index.ts';
import { type BlobStore, handleBlob } from '../services/storage/index.ts';

/** Of `sun_path`, less the ending zero. */
const SOCKET_PATH = 107;

export interface InternalServer {
  readonly rpcSocket: string;
  readonly blobSocket: string;
  close(): Promise<void>;
}

export interface InternalOptions {
  readonly data: string;
  readonly scheduler: Scheduler;
  readonly blobs: BlobStore;
  /** What a worker must show. */
  readonly secret: string;
  readonly report: (error: unknown) => void;
}

export async function startInternalServer({
  data,
  scheduler,
  blobs,
  secret,
  report,
}: InternalOptions): Promise<InternalServer> {
  const folder = await socketFolder(data);
  const rpcSocket = join(folder, 'rpc');
  const blobSocket = join(folder, 'blobs');
  const rpc = createHttp2({}, connectNodeAdapter({ routes: workerRoutes(scheduler, secret, report) }));
  const sessions = new Set<ServerHttp2Session>();
  rpc.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    session.on('error', () => session.destroy());
  });
  const files = createHttp({ requestTimeout: 0 }, (request, response) => {
    void handleBlob(blobs, request, response).then((handled) => {
      if (!handled) response.writeHead(404).end();
    });
  });
  await Promise.all([listen(rpc, rpcSocket), listen(files, blobSocket)]);
  return {
    rpcSocket,
    blobSocket,
    async close() {
      for (const session of sessions) session.destroy();
      files.closeAllConnections();
      await Promise.all([rpc, files].map((server) => new Promise((resolve) => server.close(resolve))));
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

const listen = (server: Server, path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
