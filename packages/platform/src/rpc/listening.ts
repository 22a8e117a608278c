/** Listening, and stopping. */
import type { Server as HttpsServer } from 'node:https';
import type { Server } from 'node:net';
import { refuse } from '../errors.ts';

/** A port, or the path of a Unix socket. */
export type Where = { readonly host: string; readonly port: number } | { readonly path: string };

/** Rejects with `PlatformError` (port-in-use). `advice`: which options choose another port. */
export function listen(server: Server, where: Where, advice = '--port'): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if ('path' in where || (error.code !== 'EADDRINUSE' && error.code !== 'EACCES')) return reject(error);
      const why = error.code === 'EACCES' ? 'may not be used by this user' : 'is in use by another process';
      reject(
        refuse(
          'port-in-use',
          `Port ${where.port} on ${where.host} ${why}: stop that process, or choose another port (${advice}; 0 takes a free one).`,
          { cause: error },
        ),
      );
    });
    server.listen(where, resolve);
  });
}

/** The port that a server listens on; 0 for a Unix socket. */
export function portOf(server: Server): number {
  const address = server.address();
  return address === null || typeof address === 'string' ? 0 : address.port;
}

export function stopServer(server: HttpsServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
