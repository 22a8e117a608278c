/** Simulated machines for tests: genuine evidence, so that nothing in the client needs to look away. */
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AttestedIdentity, createSimulation, openSimulation, type SimulationFault } from '@gaiwan/enclave';
import { type ServiceTrust, simulatedRegisters, simulationTrust } from '@gaiwan/trust';

/** What the machine of a test says that it runs. */
export const program = { bundle: 'ab'.repeat(32), configuration: 'cd'.repeat(32) };

export interface TestMachine {
  readonly identity: AttestedIdentity;
  /** Accepts `program` on this machine. */
  readonly trust: ServiceTrust;
}

/** `slow`: as a machine whose evidence takes long to make says of itself. */
export async function makeMachine(
  fault: SimulationFault = 'none',
  measured = program,
  slow = false,
): Promise<TestMachine> {
  const folder = await mkdtemp(join(tmpdir(), 'gaiwan-client-machine-'));
  try {
    await createSimulation(folder, { fault, now: Date.now() });
    const { attester } = await openSimulation(folder);
    return {
      identity: await AttestedIdentity.create({ attester: { ...attester(measured), slow } }),
      trust: {
        ...(await simulationTrust(folder)),
        reference: { policies: [{ measurements: [{ ...simulatedRegisters(program) }] }] },
      },
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
