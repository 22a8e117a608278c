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
/** Another form of the digest gets another label. */
const LABEL = 'gaiwan-connection/1 server\0';

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
