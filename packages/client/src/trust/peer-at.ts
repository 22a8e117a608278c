/** Who one service is, for programs that show it. */
import { type ConfirmedPeer, InstancePin, type PeerVerifier } from '@gaiwan/trust';
import { fromRpc } from '../rpc-errors.ts';
import { AttestedSessions } from './sessions.ts';

/**
 * Connects to a service of a platform, judges it, has it attest this very connection, and leaves. Nothing but a nonce is sent.
 *
 * @throws {GaiwanError} `untrusted-server` with the reason, `cannot-connect`, `connection-lost`, and what the service refuses with
 */
export async function peerAt(address: URL, verifier: PeerVerifier): Promise<ConfirmedPeer> {
  const sessions = new AttestedSessions(address, verifier, new InstancePin());
  try {
    return await sessions.peer();
  } catch (error) {
    throw fromRpc(error, address.host);
  } finally {
    sessions.close();
  }
}
