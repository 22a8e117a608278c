/** The worker's end of what both sides of its connections make sure of: that the other one itself is there, and not somebody with its key. */
import type { TLSSocket } from 'node:tls';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { createClient, type Transport } from '@connectrpc/connect';
import type { AttestedIdentity } from '@gaiwan/enclave';
import { gaiwan } from '@gaiwan/protocol';
import {
  type ConnectionEvidence,
  clientConnectionBinding,
  exporterOf,
  ownKeyOf,
  postOver,
  UntrustedPeer,
} from '@gaiwan/trust';

type Ask = (nonce: Uint8Array) => Promise<ConnectionEvidence>;

/** Asks the platform about a connection that `transport` has. */
export function askOverRpc(transport: Transport, signal: AbortSignal): Ask {
  const service = createClient(gaiwan.AttestationService, transport);
  return async (nonce) => {
    const { certificate, instanceId } = await service.getConnectionEvidence({ nonce }, { signal });
    return { certificate, instance: instanceId };
  };
}

const { getConnectionEvidence: method } = gaiwan.AttestationService.method;

/** Likewise, about one of HTTP/1.1. */
export const askOverHttp1 =
  (socket: TLSSocket, signal: AbortSignal): Ask =>
  async (nonce) => {
    const answer = await postOver(socket, {
      path: `/${method.parent.typeName}/${method.name}`,
      type: 'application/proto',
      body: toBinary(method.input, create(method.input, { nonce })),
      signal,
    });
    const { certificate, instanceId } = fromBinary(method.output, answer);
    return { certificate, instance: instanceId };
  };

/**
 * Evidence of this worker about its own end of a connection, for its hello.
 *
 * @throws {UntrustedPeer} `connection-binding` where there is nothing to tie it to, or its key was replaced meanwhile
 */
export async function ownEvidence(socket: TLSSocket, identity: AttestedIdentity): Promise<Uint8Array> {
  const exporter = exporterOf(socket);
  const sessionKey = ownKeyOf(socket);
  const certificate =
    exporter &&
    sessionKey &&
    (await identity.certificateFor(sessionKey, {
      connection: clientConnectionBinding({ exporter, sessionKey }),
    }));
  if (certificate === undefined)
    throw new UntrustedPeer('connection-binding', 'This end of the connection can no longer be attested.');
  return certificate;
}
