/** Judging the other end of a socket. */
import type { TLSSocket } from 'node:tls';
import type { Deadline } from './deadline.ts';
import type { PeerVerifier, VerifiedPeer } from './peer.ts';
import { UntrustedPeer } from './untrusted-peer.ts';

/** Who judges the other side, and how long. */
export interface SocketSettings {
  readonly verifier: PeerVerifier;
  /** Which side the other one is. */
  readonly side: 'client' | 'server';
  readonly deadline: Deadline;
}

/** The certificate (DER) that the other side presented. Throws `UntrustedPeer` `no-certificate`. */
export function certificateOf(socket: TLSSocket, side: SocketSettings['side']): Uint8Array {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined)
    throw new UntrustedPeer('no-certificate', `The ${side} presents no certificate.`);
  return new Uint8Array(certificate.raw);
}

/**
 * Judges the other end of a connection, whose handshake is done, by the evidence in its certificate. The socket stays open: the caller
 * destroys it if this rejects.
 *
 * @throws {UntrustedPeer}
 * @throws a system error (`ETIMEDOUT`) where the deadline passes first
 */
export async function verifySocket(
  socket: TLSSocket,
  { verifier, side, deadline }: SocketSettings,
): Promise<VerifiedPeer> {
  const certificate = certificateOf(socket, side);
  return deadline.wait(`judgement of the ${side}'s evidence`, verifier.verify(certificate));
}
