/** A simulated machine in memory of a test, with attesters and trust. */
import type { Evidence, Policy } from '@gaiwan/attestation';
import { memorySource } from '@gaiwan/attestation/sources';
import { type FakeIntel, fakeIntel, makeCrl, tcbLevel } from '@gaiwan/attestation-kit/machines';
import { type Measured, simulatedRegisters } from '../simulation/registers.ts';
import type { PeerTrust } from '../tls/peer.ts';

export const good: Measured = { bundle: 'ab'.repeat(32), configuration: 'cd'.repeat(32) };

/** Has the form of `Attester` of `@gaiwan/enclave`. */
interface TestAttester {
  readonly kind: 'simulation';
  evidence(reportData: Uint8Array): Promise<{ readonly evidence: Evidence }>;
}

export interface TestMachine {
  readonly intel: FakeIntel;
  attester(measured?: Measured, options?: { debug?: boolean }): TestAttester;
  trust(change?: Partial<PeerTrust>): Promise<PeerTrust>;
}

export const policyOf = (measured: Measured): Policy => ({
  measurements: [{ ...simulatedRegisters(measured) }],
});

export async function testMachine(fault: 'none' | 'revoked' | 'out-of-date' = 'none'): Promise<TestMachine> {
  const intel = await fakeIntel({ organization: 'SIMULATION' });
  const trust = async (change: Partial<PeerTrust> = {}): Promise<PeerTrust> => {
    const endorsements = await intel.endorsements('tdx');
    const bad =
      fault === 'revoked'
        ? { pckCrl: await makeCrl({ issuer: intel.pckCa, revoked: [intel.pck.serial] }) }
        : fault === 'out-of-date'
          ? { tcbInfo: await intel.tcbInfo('tdx', { tcbLevels: [tcbLevel(3, 'OutOfDate', 'tdx')] }) }
          : {};
    return {
      policies: [policyOf(good)],
      endorsements: memorySource({ ...endorsements, ...bad }),
      roots: { intel: [intel.root.der] },
      simulated: true,
      ...change,
    };
  };
  return {
    intel,
    attester: (measured = good, { debug = false } = {}) => ({
      kind: 'simulation',
      evidence: async (reportData) => {
        const { mrTd, rtmr3 } = simulatedRegisters(measured);
        const zero = '00'.repeat(48);
        const quote = await intel.quote({
          reportData: Buffer.from(reportData).toString('hex'),
          attributes: debug ? '0100001000000000' : '0000001000000000',
          mrTd,
          rtmrs: [zero, zero, zero, rtmr3],
        });
        return { evidence: { kind: 'dcap', quote } };
      },
    }),
    trust,
  };
}
