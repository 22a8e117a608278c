/** One TLS port for gRPC, gRPC-Web and Connect (JSON and binary), and for plain routes beside them. */
import { createSecureServer, type ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { createContextValues } from '@connectrpc/connect';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { type AttestedIdentity, followRenewals, requirePeers, serverOptions } from '@gaiwan/enclave';
import type { PeerVerifier } from '@gaiwan/trust';
import { refuse } from '../errors.ts';
import { limits } from '../limits.ts';
import type { PublicService } from '../pipeline/public-service.ts';
import { installFastBase64 } from './base64.ts';
import { addressKey, errorInterceptor } from './errors.ts';
import { evidenceService } from './evidence.ts';
import { listen, portOf, type Where } from './listening.ts';
import { localKey } from './local-key.ts';
import { mount } from './mount.ts';

/** HTTP/1.1 and HTTP/2 alike. */
export type HttpRequest = Parameters<ReturnType<typeof connectNodeAdapter>>[0];
export type HttpResponse = Parameters<ReturnType<typeof connectNodeAdapter>>[1];

export interface RpcServerOptions {
  readonly identity: AttestedIdentity;
  /** Id of this instance, 64 hexadecimal digits (`openInstance`). */
  readonly instance: string;
  /** For services among themselves: whoever connects must be one of these. Absent: anybody may, and logs in. */
  readonly peers?: PeerVerifier;
  readonly services: readonly PublicService[];
  /** Everything that is no RPC. */
  readonly fallback?: (request: HttpRequest, response: HttpResponse) => void;
  /** Gets errors that nobody foresaw. */
  readonly report: (error: unknown) => void;
}

export interface RpcServer {
  /** 0 for a Unix socket. */
  readonly port: number;
  /** Ends calls that wait (watches), then connections. */
  close(): Promise<void>;
}

/** Rejects with `PlatformError` where the port cannot be had. */
export async function startRpcServer(where: Where, options: RpcServerOptions): Promise<RpcServer> {
  const { identity, instance, peers } = options;
  const mutual = peers !== undefined;
  installFastBase64();
  const closing = new AbortController();
  const handler = connectNodeAdapter({
    routes(router) {
      for (const service of [...options.services, evidenceService(identity, instance)])
        mount(router, service);
    },
    interceptors: [errorInterceptor(options.report)],
    // As in Teaclave: it costs more than it saves on small messages.
    acceptCompression: [],
    readMaxBytes: limits.message.value,
    writeMaxBytes: limits.message.value,
    shutdownSignal: closing.signal,
    contextValues: ({ socket }) =>
      createContextValues()
        .set(addressKey, socket.remoteAddress ?? '')
        .set(localKey, socket instanceof TLSSocket ? socket : undefined),
    ...(options.fallback ? { fallback: options.fallback } : {}),
  });
  const server = createSecureServer(
    {
      ...serverOptions(identity, { mutual }),
      allowHTTP1: true,
      settings: {
        initialWindowSize: limits.streamWindow.value,
        maxConcurrentStreams: limits.streamsPerConnection.value,
      },
    },
    handler,
  );
  const sockets = new Set<Socket>();
  server.on('session', (session: ServerHttp2Session) => {
    session.setLocalWindowSize(limits.connectionWindow.value);
    session.setTimeout(limits.connectionIdle.value, () => session.close());
    session.on('error', () => session.destroy());
  });
  server.on('connection', (socket: Socket) => {
    if (sockets.size >= limits.connections.value) {
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  // A broken handshake is the client's error, not this server's.
  server.on('tlsClientError', () => undefined);
  if (peers !== undefined) requirePeers(server, peers, { refused: options.report });
  const stopFollowing = followRenewals(server, identity, { mutual });
  await listen(server, where, '--auth-port, --frontend-port');
  server.on('error', options.report);
  return {
    port: portOf(server),
    close: () =>
      new Promise((resolve) => {
        stopFollowing();
        closing.abort(refuse('stopping', 'The platform is stopping: connect again later.'));
        server.close(() => resolve());
        setTimeout(() => {
          for (const socket of sockets) socket.destroy();
        }, 200).unref();
      }),
  };
}
