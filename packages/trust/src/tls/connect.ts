/** Attested connections from the side that makes them: the other side is judged before the first byte goes to it. */
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { limits } from '../limits.ts';
import { Deadline } from './deadline.ts';
import type { PeerVerifier, VerifiedPeer } from './peer.ts';
import { certificateOf, verifySocket } from './socket.ts';

/** Who we are, for mutual attestation: asked at each connection, for certificates are renewed. */
export interface ClientIdentity {
  readonly current: {
    /** PEM (PKCS #8). */
    readonly key: string;
    /** PEM, with evidence in it. */
    readonly certificate: string;
  };
  /** Renews it where that is due; `current` is read after it. Does not reject. */
  refresh?(): Promise<void>;
}

/** A connection whose other side was judged. */
export interface AttestedConnection {
  /** Nothing was written to it or read from it. */
  readonly socket: TLSSocket;
  readonly peer: VerifiedPeer;
}

/** Where to connect to, and whom to accept there. */
export interface ConnectSettings {
  readonly verifier: PeerVerifier;
  /** Host and port, or the path of a Unix socket. */
  readonly host?: string;
  readonly port?: number;
  readonly path?: string;
  /** What to offer, e.g. ["h2"]. */
  readonly protocols?: readonly string[];
  /** For mutual attestation: who we are. */
  readonly identity?: ClientIdentity;
  /** Milliseconds for connecting, handshake and judgement together. Default: 15,000. */
  readonly timeout?: number;
  /** Ends waiting, for whatever it is. */
  readonly signal?: AbortSignal;
}

/**
 * Connects to a server and judges it, before the first byte goes to it. There is no resumption: every connection has a handshake of
 * its own, whose certificate is judged.
 *
 * @throws {UntrustedPeer} for a server that is refused
 * @throws a system error where there is no connection (`ETIMEDOUT`: not in time), the signal's reason where it ended waiting
 * @example
 * ```ts
 * const verifier = new PeerVerifier({ ...vendorTrust(), policies });
 * const { socket, peer } = await connectAttested({ host: 'localhost', port: 8444, verifier });
 * ```
 */
export async function connectAttested(settings: ConnectSettings): Promise<AttestedConnection> {
  const {
    verifier,
    host,
    port,
    path,
    protocols,
    identity,
    timeout = limits.connecting.value,
    signal,
  } = settings;
  signal?.throwIfAborted();
  const deadline = new Deadline(timeout, signal);
  await deadline.wait('own certificate', identity?.refresh?.() ?? Promise.resolve());
  const options: ConnectionOptions = {
    ...(path === undefined ? { host: host ?? 'localhost', port: port ?? 443 } : { path }),
    ...(protocols && { ALPNProtocols: [...protocols] }),
    ...(identity && { key: identity.current.key, cert: identity.current.certificate }),
    // Every server that can be judged here speaks it.
    minVersion: 'TLSv1.3',
    // No authority vouches for attested certificates: the evidence in them does, and it is judged below.
    rejectUnauthorized: false,
  };
  const socket = connect(options);
  // An error after the promise is settled, e.g. while the judgement destroys the socket, was reported already.
  socket.on('error', () => undefined);
  try {
    await deadline.wait('TLS handshake', handshake(socket));
    const peer = await verifySocket(socket, { verifier, side: 'server', deadline });
    signal?.throwIfAborted();
    return { socket, peer };
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/**
 * The certificate (DER) that a server presents, to look at: the connection is closed at once, nothing is sent and nothing is judged.
 *
 * @throws {UntrustedPeer} `no-certificate`
 * @throws a system error where there is no connection
 */
export async function presentedCertificate(
  where: Pick<ConnectSettings, 'host' | 'port' | 'timeout'>,
): Promise<Uint8Array> {
  const { host = 'localhost', port = 443, timeout = limits.connecting.value } = where;
  const socket = connect({ host, port, minVersion: 'TLSv1.2', rejectUnauthorized: false });
  socket.on('error', () => undefined);
  try {
    await new Deadline(timeout).wait('TLS handshake', handshake(socket));
    return certificateOf(socket, 'server');
  } finally {
    socket.destroy();
  }
}

function handshake(socket: TLSSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('close', () => {
      const error = new Error('the connection was closed during the handshake');
      reject(Object.assign(error, { code: 'ECONNRESET' }));
    });
    socket.once('secureConnect', () => resolve());
  });
}
