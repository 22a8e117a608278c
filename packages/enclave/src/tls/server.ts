/** Attested connections from the side that takes them. */
import { constants } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Server, TLSSocket, TlsOptions } from 'node:tls';
import { Deadline, type PeerVerifier, type VerifiedPeer, verifySocket } from '@gaiwan/trust';
import { limits } from '../limits.ts';
import type { AttestedIdentity } from './identity.ts';

/** Whether both sides are attested. */
export interface ServerSettings {
  /** Whoever connects shows a certificate, too: see `requirePeers`. */
  readonly mutual?: boolean;
}

/** Options for a TLS, HTTPS or HTTP/2 server. Resumption is off: a resumed session would show no certificate. */
export function serverOptions(identity: AttestedIdentity, settings: ServerSettings = {}): TlsOptions {
  return {
    ...contextOf(identity, settings),
    ...(settings.mutual && { requestCert: true, rejectUnauthorized: false }),
  };
}

function contextOf(identity: AttestedIdentity, { mutual = false }: ServerSettings) {
  return {
    key: identity.current.key,
    cert: identity.current.certificate,
    // Teaclave's clients may need 1.2; where both sides are attested, both are ours.
    minVersion: mutual ? 'TLSv1.3' : 'TLSv1.2',
    secureOptions: constants.SSL_OP_NO_TICKET,
  } as const;
}

/**
 * New connections get the new certificate; those that are open stay as they are. A connection that comes when the certificate is too old
 * to be shown waits for the next one. Settings as of `serverOptions`. Call it before anything else listens to "connection" by a wrapper
 * of its own. Returns what ends that.
 */
export function followRenewals(
  server: Server,
  identity: AttestedIdentity,
  settings: ServerSettings = {},
): () => void {
  refreshFirst(server, identity);
  return identity.onRenewal(() => server.setSecureContext(contextOf(identity, settings)));
}

/** The handshake begins when the certificate is one to show: with the context that the server has by then. */
function refreshFirst(server: Server, identity: AttestedIdentity): void {
  // TLS's own listener, which the server's constructor has added.
  const [shake] = server.listeners('connection');
  if (!shake) return;
  const whenFresh = (socket: Socket): void => {
    if (!identity.isStale) {
      shake.call(server, socket);
      return;
    }
    const ignore = () => undefined;
    socket.on('error', ignore);
    void identity.refresh().then(() => {
      socket.off('error', ignore);
      if (!socket.destroyed) shake.call(server, socket);
    });
  };
  server.removeListener('connection', shake as (socket: Socket) => void);
  server.prependListener('connection', whenFresh);
}

/** On the socket itself: what HTTP/2 shows of a session's socket is a proxy, which a map would not know. */
const peer = Symbol('attested peer');

/** Who was found at the other end of a connection that `requirePeers` let through. */
export function peerOf(socket: object | undefined): VerifiedPeer | undefined {
  // Only `requirePeers` knows the symbol.
  return socket && Reflect.get(socket, peer);
}

/** How peers are judged. */
export interface PeerSettings {
  /** Gets why somebody was turned away: `UntrustedPeer`, or "ETIMEDOUT". */
  readonly refused?: (error: unknown) => void;
  /** Milliseconds for judging somebody, after their handshake. Default: 15,000. */
  readonly timeout?: number;
}

/**
 * Makes a server with the option `mutual` judge whoever connects before it reads a byte of them. Call it when all listeners of
 * "secureConnection" are there.
 */
export function requirePeers(server: Server, verifier: PeerVerifier, settings: PeerSettings = {}): void {
  const { refused = () => undefined, timeout = limits.judgement.value } = settings;
  const listeners = server.listeners('secureConnection');
  server.removeAllListeners('secureConnection');
  server.on('secureConnection', (socket: TLSSocket) => {
    socket.on('error', () => undefined);
    verifySocket(socket, { verifier, side: 'client', deadline: new Deadline(timeout) }).then(
      (found) => {
        if (socket.destroyed) return;
        Reflect.set(socket, peer, found);
        for (const listener of listeners) listener.call(server, socket);
      },
      (error: unknown) => {
        socket.destroy();
        refused(error);
      },
    );
  });
}
