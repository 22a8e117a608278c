/** A simulated machine in memory of a test, and verifiers that trust it. */
import { type PeerTrust, PeerVerifier } from '@gaiwan/trust';
import {
  type TestMachine as Machine,
  testMachine as makeMachine,
} from '../../../trust/src/testing/machine.ts';

export { good, policyOf } from '../../../trust/src/testing/machine.ts';

export interface TestMachine extends Machine {
  verifier(change?: Partial<PeerTrust>): Promise<PeerVerifier>;
}

export async function testMachine(fault?: Parameters<typeof makeMachine>[0]): Promise<TestMachine> {
  const machine = await makeMachine(fault);
  return { ...machine, verifier: async (change) => new PeerVerifier(await machine.trust(change)) };
}
