/**
 * What ties evidence to one connection and to one instance of a service. Evidence that names a TLS key alone can be relayed by whoever
 * stole that key, and a genuine service of another operator is as genuine as the one that was meant.
 */
import { createHash } from 'node:crypto';
import type { TLSSocket } from 'node:tls';

/** Of the nonce, the exporter, a digest of a key, and an instance id. */
export const CONNECTION_BYTES = 32;

/** RFC 8446, 7.5; both ends of a connection get the same bytes, and nobody else, with whatever key, gets them. */
const EXPORTER = 'EXPORTER-gaiwan-connection';
/** Another form of the digest gets another label, and so does the other side. */
const LABEL = 'gaiwan-connection/1 server\0';
const CLIENT_LABEL = 'gaiwan-connection/1 client\0';

/** What evidence about a connection is made over. */
export interface Connection {
  /** 32 random bytes of whoever is to be convinced. */
  readonly nonce: Uint8Array;
  /** 32 bytes: `exporterOf` the connection. */
  readonly exporter: Uint8Array;
  /** SubjectPublicKeyInfo (DER) of the key in the server's certificate. */
  readonly sessionKey: Uint8Array;
  /** 32 bytes: which instance of its service the server says that it is. */
  readonly instance: Uint8Array;
}

const sha256 = (...parts: readonly (string | Uint8Array)[]): Uint8Array => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
};

/**
 * The claim `connection` of evidence for one connection: SHA-256 of a label, the nonce, the exporter, SHA-256 of the key, and the
 * instance. Each has a length of its own, so that no two connections give the same bytes.
 *
 * @throws {TypeError} for a part of another length
 */
export function connectionBinding({ nonce, exporter, sessionKey, instance }: Connection): Uint8Array {
  for (const [name, part] of Object.entries({ nonce, exporter, instance }))
    if (part.length !== CONNECTION_BYTES)
      throw new TypeError(`the ${name} of a connection has ${CONNECTION_BYTES} bytes, not ${part.length}`);
  return sha256(LABEL, nonce, exporter, sha256(sessionKey), instance);
}

/**
 * As `connectionBinding`, for a client that attests itself. The server needs no nonce: its own random bytes of the handshake are in the
 * exporter, so that evidence about it can't be older than the connection.
 *
 * @throws {TypeError} for an exporter of another length
 */
export function clientConnectionBinding({
  exporter,
  sessionKey,
}: Pick<Connection, 'exporter' | 'sessionKey'>): Uint8Array {
  if (exporter.length !== CONNECTION_BYTES)
    throw new TypeError(`the exporter of a connection has ${CONNECTION_BYTES} bytes, not ${exporter.length}`);
  return sha256(CLIENT_LABEL, exporter, sha256(sessionKey));
}

/**
 * What both ends of a connection know, and only they. Undefined before TLS 1.3: what older versions export can be the same on two
 * connections.
 */
export function exporterOf(
  socket: Pick<TLSSocket, 'exportKeyingMaterial' | 'getProtocol'>,
): Uint8Array | undefined {
  if (socket.getProtocol() !== 'TLSv1.3') return undefined;
  // An empty context is none in TLS 1.3.
  return new Uint8Array(socket.exportKeyingMaterial(CONNECTION_BYTES, EXPORTER, Buffer.alloc(0)));
}

/** Our own end of a connection, as it can be attested. Undefined before TLS 1.3, and where it showed no key. */
export function ownEndOf(
  socket: Parameters<typeof exporterOf>[0] & Parameters<typeof ownKeyOf>[0],
): Pick<Connection, 'exporter' | 'sessionKey'> | undefined {
  const exporter = exporterOf(socket);
  const sessionKey = ownKeyOf(socket);
  return exporter && sessionKey && { exporter, sessionKey };
}

/** The key (SubjectPublicKeyInfo, DER) that our own end of a connection was made with. Undefined where it showed none. */
export function ownKeyOf(socket: Pick<TLSSocket, 'getX509Certificate'>): Uint8Array | undefined {
  const key = socket.getX509Certificate()?.publicKey;
  return key && new Uint8Array(key.export({ type: 'spki', format: 'der' }));
}
