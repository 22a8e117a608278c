/** The worker's end of what both sides of its connections make sure of: that the other one itself is there, and not somebody with its key. */
import type { TLSSocket } from 'node:tls';
import { createClient, type Transport } from '@connectrpc/connect';
import type { AttestedIdentity, OwnEvidence } from '@gaiwan/enclave';
import { gaiwan } from '@gaiwan/protocol';
import { type ConnectionEvidence, ownEndOf, UntrustedPeer } from '@gaiwan/trust';

type Ask = (nonce: Uint8Array) => Promise<ConnectionEvidence>;

/** Asks the platform about a connection that `transport` has. */
export function askOverRpc(transport: Transport, signal: AbortSignal): Ask {
  const service = createClient(gaiwan.AttestationService, transport);
  return async (nonce) => {
    const said = await service.getConnectionEvidence({ nonce }, { signal });
    const { certificate, instanceId: instance, signature } = said;
    return { certificate, instance, signature };
  };
}

/**
 * Evidence of this worker about its own end of a connection, for its hello.
 *
 * @throws {UntrustedPeer} `connection-binding` where there is nothing to tie it to, or its key was replaced meanwhile
 */
export async function ownEvidence(socket: TLSSocket, identity: AttestedIdentity): Promise<OwnEvidence> {
  const end = ownEndOf(socket);
  const said = end && (await identity.connectionEvidence(end));
  if (said === undefined)
    throw new UntrustedPeer('connection-binding', 'This end of the connection can no longer be attested.');
  return said;
}
