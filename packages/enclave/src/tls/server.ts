/** Attested connections from the side that takes them. */
import { constants } from 'node:crypto';
import type { Server, TLSSocket, TlsOptions } from 'node:tls';
import type { AttestedIdentity } from './identity.ts';
import { type PeerVerifier, UntrustedPeer, type VerifiedPeer } from './peer.ts';

/** Options for a TLS, HTTPS or HTTP/2 server. Resumption is off: a resumed session would show no certificate. */
export function serverOptions(
  identity: AttestedIdentity,
  options: { readonly mutual?: boolean } = {},
): TlsOptions {
  return {
    ...contextOf(identity),
    ...(options.mutual && { requestCert: true, rejectUnauthorized: false }),
  };
}

function contextOf(identity: AttestedIdentity) {
  return {
    key: identity.current.key,
    cert: identity.current.certificate,
    minVersion: 'TLSv1.2',
    secureOptions: constants.SSL_OP_NO_TICKET,
  } as const;
}

/** New connections get the new certificate; those that are open stay as they are. Returns what ends that. */
export function followRenewals(server: Server, identity: AttestedIdentity): () => void {
  return identity.onRenewal(() => server.setSecureContext(contextOf(identity)));
}

/** On the socket itself: what HTTP/2 shows of a session's socket is a proxy, which a map would not know. */
const peer = Symbol('attested peer');
type Judged = { [peer]?: VerifiedPeer };

/** Who was found at the other end of a connection that `requirePeers` let through. */
export function peerOf(socket: object | undefined): VerifiedPeer | undefined {
  return (socket as Judged | undefined)?.[peer];
}

/**
 * Makes a server with the option `mutual` judge whoever connects before it reads a byte of them. Call it when all listeners of
 * "secureConnection" are there. `refused` gets who was turned away.
 */
export function requirePeers(
  server: Server,
  verifier: PeerVerifier,
  refused: (error: unknown) => void = () => undefined,
): void {
  const listeners = server.listeners('secureConnection') as ((this: Server, socket: TLSSocket) => void)[];
  server.removeAllListeners('secureConnection');
  server.on('secureConnection', (socket: TLSSocket) => {
    socket.on('error', () => undefined);
    judge(socket, verifier).then(
      (found) => {
        if (socket.destroyed) return;
        (socket as Judged)[peer] = found;
        for (const listener of listeners) listener.call(server, socket);
      },
      (error: unknown) => {
        socket.destroy();
        refused(error);
      },
    );
  });
}

async function judge(socket: TLSSocket, verifier: PeerVerifier): Promise<VerifiedPeer> {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined)
    throw new UntrustedPeer('no-certificate', 'The client presents no certificate.');
  return verifier.verify(new Uint8Array(certificate.raw));
}
