/** What a genuine server of a test says about its connections, as the platform does. */

import type { TLSSocket } from 'node:tls';
import type { ConnectRouter } from '@connectrpc/connect';
import { createContextKey } from '@connectrpc/connect';
import type { AttestedIdentity } from '@gaiwan/enclave';
import { gaiwan } from '@gaiwan/protocol';
import { connectionBinding, exporterOf, ownKeyOf } from '@gaiwan/trust';

/** The server's end of the connection that a call came over. */
export const connectionKey = createContextKey<TLSSocket | undefined>(undefined, {
  description: 'connection',
});

/** The instance that servers of tests are. */
export const INSTANCE = '5e'.repeat(32);

export function sayWhatConnections(
  router: ConnectRouter,
  identity: AttestedIdentity,
  instance: string,
): void {
  router.rpc(gaiwan.AttestationService.method.getConnectionEvidence, async ({ nonce }, { values }) => {
    const socket = values.get(connectionKey);
    const exporter = socket && exporterOf(socket);
    const sessionKey = socket && ownKeyOf(socket);
    if (exporter === undefined || sessionKey === undefined) throw new Error('no TLS 1.3');
    const instanceId = new Uint8Array(Buffer.from(instance, 'hex'));
    const connection = connectionBinding({ nonce, exporter, sessionKey, instance: instanceId });
    const certificate = await identity.certificateFor(sessionKey, { connection });
    if (certificate === undefined) throw new Error('not a key of this server');
    return { certificate, instanceId };
  });
}
