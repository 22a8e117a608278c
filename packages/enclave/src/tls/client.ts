/** Attested connections from the side that makes them: the other side is judged before the first byte goes to it. */
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import type { AttestedIdentity } from './identity.ts';
import { type PeerVerifier, UntrustedPeer, type VerifiedPeer } from './peer.ts';

export interface AttestedConnection {
  /** Nothing was written to it or read from it. */
  readonly socket: TLSSocket;
  readonly peer: VerifiedPeer;
}

export interface ConnectSettings {
  readonly verifier: PeerVerifier;
  /** Host and port, or the path of a Unix socket. */
  readonly host?: string;
  readonly port?: number;
  readonly path?: string;
  /** What to offer, e.g. ["h2"]. */
  readonly protocols?: readonly string[];
  /** For mutual attestation: who we are. */
  readonly identity?: AttestedIdentity;
  /** Milliseconds for connecting, handshake and judgement. Default: 15,000. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

/**
 * Rejects with `UntrustedPeer` for a server that is refused, with a system error where there is no connection. There is no
 * resumption: every connection has a handshake of its own, whose certificate is judged.
 */
export async function connectAttested(settings: ConnectSettings): Promise<AttestedConnection> {
  const { verifier, host, port, path, protocols, identity, timeout = 15_000, signal } = settings;
  signal?.throwIfAborted();
  const options: ConnectionOptions = {
    ...(path === undefined ? { host: host ?? 'localhost', port: port ?? 443 } : { path }),
    ...(protocols && { ALPNProtocols: [...protocols] }),
    ...(identity && { key: identity.current.key, cert: identity.current.certificate }),
    minVersion: 'TLSv1.2',
    // No authority vouches for attested certificates: the evidence in them does, and it is judged below.
    rejectUnauthorized: false,
  };
  const socket = connect(options);
  // An error after the promise is settled, e.g. while the judgement destroys it, has been told already.
  socket.on('error', () => undefined);
  const abort = () => socket.destroy(signal?.reason as Error);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    await handshake(socket, timeout);
    const certificate = socket.getPeerX509Certificate();
    if (certificate === undefined)
      throw new UntrustedPeer('no-certificate', 'The server presents no certificate.');
    const peer = await verifier.verify(new Uint8Array(certificate.raw));
    signal?.throwIfAborted();
    return { socket, peer };
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

/**
 * What a server presents (DER), for looking: the connection is closed at once, nothing is sent and nothing is judged. Rejects with
 * a system error where there is no connection.
 */
export async function presentedCertificate(
  where: Pick<ConnectSettings, 'host' | 'port' | 'timeout'>,
): Promise<Uint8Array> {
  const { host = 'localhost', port = 443, timeout = 15_000 } = where;
  const socket = connect({ host, port, minVersion: 'TLSv1.2', rejectUnauthorized: false });
  socket.on('error', () => undefined);
  try {
    await handshake(socket, timeout);
    const certificate = socket.getPeerX509Certificate();
    if (certificate === undefined)
      throw new UntrustedPeer('no-certificate', 'The server presents no certificate.');
    return new Uint8Array(certificate.raw);
  } finally {
    socket.destroy();
  }
}

function handshake(socket: TLSSocket, timeout: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const error = new Error(`no TLS handshake within ${timeout} ms`) as NodeJS.ErrnoException;
      error.code = 'ETIMEDOUT';
      reject(error);
    }, timeout);
    const done = (error?: Error) => {
      clearTimeout(timer);
      socket.off('close', closed);
      if (error) reject(error);
      else resolve();
    };
    const closed = () => {
      const error = new Error('the connection was closed during the handshake') as NodeJS.ErrnoException;
      error.code = 'ECONNRESET';
      done(error);
    };
    socket.once('error', done);
    socket.once('close', closed);
    socket.once('secureConnect', () => done());
  });
}
