/** The two Unix sockets that workers reach the platform through, in a private folder. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer as createHttp } from 'node:http';
import { createServer as createHttp2, type ServerHttp2Session } from 'node:http2';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import type { Scheduler } from '../services/scheduler/index.ts';
import { workerRoutes } from '../services/scheduler/index.ts';
import { type BlobStore, handleBlob } from '../services/storage/index.ts';

export interface InternalServer {
  readonly rpcSocket: string;
  readonly blobSocket: string;
  close(): Promise<void>;
}

export async function startInternalServer(scheduler: Scheduler, blobs: BlobStore, secret: string, report: (error: unknown) => void): Promise<InternalServer> {
  // Not in the data folder: a socket's path must be short. The folder is 0700.
  const folder = await mkdtemp(join(tmpdir(), 'gaiwan-'));
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

const listen = (server: Server, path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
