/** One TLS port for gRPC, gRPC-Web and Connect (JSON and binary), and for plain routes beside them. */
import { createSecureServer, type Http2SecureServer, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { Code, type ConnectRouter, createContextValues } from '@connectrpc/connect';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { PlatformError } from '../errors.ts';
import type { TlsIdentity } from '../tls/identity.ts';
import { fastBase64 } from './base64.ts';
import { addressKey, errorInterceptor } from './errors.ts';
import { rpcLimits } from './limits.ts';

/** HTTP/1.1 and HTTP/2 alike. */
export type HttpRequest = Parameters<ReturnType<typeof connectNodeAdapter>>[0];
export type HttpResponse = Parameters<ReturnType<typeof connectNodeAdapter>>[1];

export interface RpcServerOptions {
  readonly identity: TlsIdentity;
  readonly routes: (router: ConnectRouter) => void;
  /** Everything that is no RPC. */
  readonly fallback?: (request: HttpRequest, response: HttpResponse) => void;
  /** Gets errors that nobody foresaw. */
  readonly report: (error: unknown) => void;
}

export interface RpcServer {
  readonly port: number;
  /** Ends calls that wait (watches), then connections. */
  close(): Promise<void>;
}

/** Rejects with `PlatformError` where the port cannot be had. */
export async function startRpcServer(
  host: string,
  port: number,
  options: RpcServerOptions,
): Promise<RpcServer> {
  fastBase64();
  const closing = new AbortController();
  const handler = connectNodeAdapter({
    routes: options.routes,
    interceptors: [errorInterceptor(options.report)],
    // As in Teaclave: it costs more than it saves on small messages.
    acceptCompression: [],
    readMaxBytes: rpcLimits.message,
    writeMaxBytes: rpcLimits.message,
    shutdownSignal: closing.signal,
    contextValues: (request) => createContextValues().set(addressKey, request.socket.remoteAddress ?? ''),
    ...(options.fallback ? { fallback: options.fallback } : {}),
  });
  const server = createSecureServer(
    {
      key: options.identity.key,
      cert: options.identity.certificate,
      minVersion: 'TLSv1.2',
      allowHTTP1: true,
      settings: {
        initialWindowSize: rpcLimits.streamWindow,
        maxConcurrentStreams: rpcLimits.streamsPerConnection,
      },
    },
    handler,
  );
  const sockets = new Set<Socket>();
  server.on('session', (session: ServerHttp2Session) => {
    session.setLocalWindowSize(rpcLimits.connectionWindow);
    session.setTimeout(rpcLimits.idleMs, () => session.close());
    session.on('error', () => session.destroy());
  });
  server.on('connection', (socket: Socket) => {
    if (sockets.size >= rpcLimits.connections) {
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  // Strangers' broken handshakes are none of our errors.
  server.on('tlsClientError', () => undefined);
  await listen(server, host, port);
  server.on('error', options.report);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        closing.abort(
          new PlatformError('The platform is stopping: connect again later.', {
            code: 'stopping',
            grpc: Code.Unavailable,
          }),
        );
        server.close(() => resolve());
        setTimeout(() => {
          for (const socket of sockets) socket.destroy();
        }, 200).unref();
      }),
  };
}

function listen(server: Http2SecureServer, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') return reject(error);
      const why = error.code === 'EACCES' ? 'may not be used by this user' : 'is in use by another process';
      reject(
        new PlatformError(
          `Port ${port} on ${host} ${why}: stop that process, or choose another port (--auth-port, --frontend-port; 0 takes a free one).`,
          {
            code: 'port-in-use',
            grpc: Code.Unavailable,
            cause: error,
          },
        ),
      );
    });
    server.listen(port, host, resolve);
  });
}
