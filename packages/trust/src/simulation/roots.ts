/** Trust in one simulated machine, and in no other machine at all. */
import { memorySource } from '@gaiwan/attestation/sources';
import type { RootsOfTrust } from '../judgement/roots.ts';
import { readSimulationTrust, type SimulationTrust } from './folder.ts';

/** Trust in the machine that `readSimulationTrust` has read. */
export function simulationRoots({ root, endorsements }: SimulationTrust): RootsOfTrust {
  return {
    endorsements: memorySource(endorsements),
    // No other vendor has a root here: evidence of real machines is refused.
    roots: { intel: [root], amd: [], aws: [], tpm: [] },
    simulated: true,
  };
}

/**
 * Trust in one simulated machine, and in no other machine at all.
 *
 * @param folder of the machine, or a copy of its public part.
 * @throws {SimulationError} `no-simulation`, `simulation-outdated`, `simulation-damaged`
 * @example
 * ```ts
 * const trust = await simulationTrust('./machine');
 * const verifier = new PeerVerifier({ ...trust, policies: [policy] });
 * ```
 */
export async function simulationTrust(folder: string): Promise<RootsOfTrust> {
  return simulationRoots(await readSimulationTrust(folder));
}
