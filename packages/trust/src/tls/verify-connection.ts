/** The step after a server's certificate was accepted, and before anything is said to it. */
import { randomBytes } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { isSigned } from './about-connection.ts';
import { CONNECTION_BYTES, connectionBinding, exporterOf } from './connection.ts';
import type { InstancePin } from './instance.ts';
import type { PeerVerifier, VerifiedPeer } from './peer.ts';
import { UntrustedPeer } from './untrusted-peer.ts';

/** What a server says about a connection. */
export interface ConnectionEvidence {
  /** DER; with evidence whose claim `connection` is `connectionBinding`, or whose claim `session-signing-key` names a key. */
  readonly certificate: Uint8Array;
  readonly instance: Uint8Array;
  /** Of the session-signing key that the evidence names, if it does. Absent or empty: the evidence is about the connection itself. */
  readonly signature?: Uint8Array;
}

/** How the other side is asked, and who judges what it says. */
export interface ConnectionChecks {
  /** What was found in the certificate of the connection. */
  readonly peer: VerifiedPeer;
  readonly verifier: PeerVerifier;
  readonly pin: InstancePin;
  /** Asks over this very connection, which bears no credentials yet. */
  readonly ask: (nonce: Uint8Array) => Promise<ConnectionEvidence>;
}

/** Who is at the other end of this connection, and which instance. */
export interface ConfirmedPeer extends VerifiedPeer {
  readonly connection: {
    /** 64 hexadecimal digits. */
    readonly instance: string;
    /**
     * What speaks for the connection: evidence about it, or a key that evidence named (a machine whose evidence takes long to make). Of the
     * second, the evidence shows the machine as it was at that time (`verified.issuedAt`), not as it is.
     */
    readonly form: 'evidence' | 'session-signing-key';
  };
}

/**
 * Makes sure that the attested program itself is the other end of this connection, and the instance that is meant. The socket stays
 * open: the caller destroys it if this rejects.
 *
 * @throws {UntrustedPeer} `connection-binding`, `wrong-instance`, and as `PeerVerifier.verify`
 * @throws what `ask` throws
 */
export async function verifyConnection(
  socket: TLSSocket,
  { peer, verifier, pin, ask }: ConnectionChecks,
): Promise<ConfirmedPeer> {
  const exporter = exporterOf(socket);
  if (exporter === undefined)
    throw new UntrustedPeer('connection-binding', 'Nothing before TLS 1.3 ties evidence to a connection.');
  const nonce = new Uint8Array(randomBytes(CONNECTION_BYTES));
  const { certificate, instance, signature } = await ask(nonce);
  if (instance.length !== CONNECTION_BYTES)
    throw new UntrustedPeer(
      'malformed',
      `An instance id has ${CONNECTION_BYTES} bytes, not ${instance.length}.`,
    );
  const sessionKey = peer.verified.certificate.spki;
  const binding = connectionBinding({ nonce, exporter, sessionKey, instance });
  const connection = { binding, signature, instance };
  const fresh = await verifier.verify(certificate, { sessionKey, connection });
  const id = Buffer.from(instance).toString('hex');
  pin.require(id);
  return {
    certificate: peer.certificate,
    // What holds from here on is the evidence about the connection; the certificate around that is nobody's.
    verified: { ...fresh.verified, certificate: peer.verified.certificate },
    simulated: fresh.simulated,
    connection: { instance: id, form: isSigned(connection) ? 'session-signing-key' : 'evidence' },
  };
}
