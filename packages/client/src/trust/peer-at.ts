/** Who one service is, for programs that show it. */
import { InstancePin, type PeerVerifier } from '@gaiwan/trust';
import { fromRpc } from '../rpc-errors.ts';
import { StateGuard } from '../state/guard.ts';
import { StatesInMemory } from '../state/memory.ts';
import { AttestedSessions, type ConfirmedPlatform } from './sessions.ts';

/**
 * Connects to a service of a platform, judges it, has it attest this very connection, and say how far its data have come, and leaves. Nothing but
 * nonces is sent.
 *
 * @throws {GaiwanError} `untrusted-server` with the reason, `cannot-connect`, `connection-lost`, and what the service refuses with
 */
export async function peerAt(address: URL, verifier: PeerVerifier): Promise<ConfirmedPlatform> {
  const guard = new StateGuard({ memory: new StatesInMemory() });
  const sessions = new AttestedSessions(address, verifier, new InstancePin(), guard);
  try {
    return await sessions.peer();
  } catch (error) {
    throw fromRpc(error, address.host);
  } finally {
    sessions.close();
  }
}
