/** One TLS port for gRPC, gRPC-Web and Connect (JSON and binary), and for plain routes beside them. */
import { createSecureServer, type ServerHttp2Session } from 'node:http2';
import { TLSSocket } from 'node:tls';
import { type AttestedIdentity, followRenewals, requirePeers, serverOptions } from '@gaiwan/enclave';
import type { PeerVerifier } from '@gaiwan/trust';
import { refuse } from '../errors.ts';
import { limits } from '../limits.ts';
import type { PublicService } from '../pipeline/public-service.ts';
import { installFastBase64 } from './base64.ts';
import { callsListener, type Fallback } from './calls.ts';
import { type ConnectionBounds, Connections } from './connections.ts';
import { evidenceService } from './evidence.ts';
import { replyNotFound } from './http.ts';
import { listen, portOf, type Where } from './listening.ts';
import { Lives } from './lives.ts';
import { localKey } from './local-key.ts';
import { Strangers, strangersRates } from './strangers.ts';

export interface RpcServerOptions {
  readonly identity: AttestedIdentity;
  /** Id of this instance, 64 hexadecimal digits (`openInstance`). */
  readonly instance: string;
  /** For services among themselves: whoever connects must be one of these. Absent: anybody may, and logs in. */
  readonly peers?: PeerVerifier;
  readonly services: readonly PublicService[];
  /** Everything that is no RPC. Absent: it is not found. */
  readonly fallback?: Fallback;
  /** Default: as limits.md says. */
  readonly connections?: Partial<ConnectionBounds>;
  /** Gets errors that nobody foresaw. */
  readonly report: (error: unknown) => void;
}

/**
 * From somebody who is known, so many bytes are on their way before they are read. From a stranger it is what the protocol begins with,
 * 64 KiB (RFC 9113, 6.9.2): they wait in memory until its call has its turn.
 */
function widen(session: ServerHttp2Session): void {
  if (session.destroyed) return;
  session.setLocalWindowSize(limits.connectionWindow.value);
  session.settings({ initialWindowSize: limits.streamWindow.value });
}

export interface RpcServer {
  /** 0 for a Unix socket. */
  readonly port: number;
  /** Ends calls that wait (watches), then connections. */
  close(): Promise<void>;
}

/** Rejects with `PlatformError` where the port cannot be had. */
export async function startRpcServer(where: Where, options: RpcServerOptions): Promise<RpcServer> {
  const { identity, instance, peers, report, fallback = replyNotFound } = options;
  const mutual = peers !== undefined;
  installFastBase64();
  const closing = new AbortController();
  const perAddress = options.connections?.perAddress ?? limits.connectionsPerAddress.value;
  const strangers = new Strangers(strangersRates(perAddress));
  const connections = new Connections(
    // Who attests itself is a stranger until its first call: after a restart all of them come at once.
    { ...(!mutual && { guests: limits.guestConnections.value }), ...options.connections },
    undefined,
    (source) => strangers.areTooMany(source),
  );
  const lives = new Lives(undefined, (connection, ends) => {
    connections.know(ends);
    if ('setLocalWindowSize' in connection) widen(connection);
  });
  const listener = callsListener({
    services: [...options.services, evidenceService(identity, instance)],
    attested: mutual,
    context: ({ socket }, values) => values.set(localKey, socket instanceof TLSSocket ? socket : undefined),
    lifeOf: (request) => lives.of(request),
    fallback,
    closing: closing.signal,
    strangers,
    report,
  });
  const server = createSecureServer(
    {
      ...serverOptions(identity, { mutual }),
      allowHTTP1: true,
      blockList: connections.blockList,
      handshakeTimeout: limits.handshake.value,
      // Nobody else notices a machine that went without a word while it watched.
      keepAlive: true,
      keepAliveInitialDelay: limits.keepAlive.value,
      streamResetBurst: limits.streamResets.value,
      streamResetRate: limits.streamResetRate.value,
      settings: { maxConcurrentStreams: limits.streamsPerConnection.value },
    },
    listener,
  );
  server.on('session', (session: ServerHttp2Session) => {
    session.on('error', () => session.destroy());
  });
  connections.watch(server);
  lives.watch(server);
  // A broken handshake is the client's error, not this server's.
  server.on('tlsClientError', () => undefined);
  if (peers !== undefined) requirePeers(server, peers, { refused: report });
  const stopFollowing = followRenewals(server, identity, { mutual });
  await listen(server, where, '--auth-port, --frontend-port');
  server.on('error', report);
  return {
    port: portOf(server),
    close: () =>
      new Promise((resolve) => {
        stopFollowing();
        closing.abort(refuse('stopping', 'The platform is stopping: connect again later.'));
        server.close(() => resolve());
        setTimeout(() => connections.destroyAll(), 200).unref();
      }),
  };
}
