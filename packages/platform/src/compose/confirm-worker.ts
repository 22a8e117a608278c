/** Whoever has a worker's TLS key and certificate is not yet that worker: leases bear the keys of files. */
import { peerOf } from '@gaiwan/enclave';
import { clientConnectionBinding, exporterOf, type PeerVerifier, UntrustedPeer } from '@gaiwan/trust';
import type { ConfirmWorker } from '../services/scheduler/index.ts';

/** By evidence of the worker about this very connection. Rejects with `UntrustedPeer`. */
export const confirmWorker =
  (peers: PeerVerifier): ConfirmWorker =>
  async (socket, { certificate, signature }) => {
    const sessionKey = peerOf(socket)?.verified.certificate.spki;
    const exporter = socket && exporterOf(socket);
    if (sessionKey === undefined || exporter === undefined)
      throw new UntrustedPeer('connection-binding', 'There is no attested connection to tie evidence to.');
    const binding = clientConnectionBinding({ exporter, sessionKey });
    await peers.verify(certificate, { sessionKey, connection: { binding, signature } });
  };
