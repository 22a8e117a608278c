/**
 * The public part of a simulated machine's folder: whom to trust, and what vouches for the machine.
 *
 *     root.pem                      certificate of the machine's own root
 *     endorsements/                 TCB Info, QE Identity, revocation lists, signing chain
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Endorsements } from '@gaiwan/attestation';

export class SimulationError extends Error {
  override readonly name = 'SimulationError';
  readonly code: 'simulation-exists' | 'no-simulation' | 'simulation-damaged';
  constructor(code: SimulationError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

type Part = 'tcbInfo' | 'qeIdentity' | 'tcbSigningChain' | 'pckCrl' | 'rootCrl';

export interface SimulationTrust {
  /** Certificate (PEM) of the root. */
  readonly root: Uint8Array;
  readonly endorsements: Required<Pick<Endorsements, Part>>;
}

const ROOT = 'root.pem';
const paths = {
  tcbInfo: join('endorsements', 'tcb-info.json'),
  qeIdentity: join('endorsements', 'qe-identity.json'),
  tcbSigningChain: join('endorsements', 'tcb-signing-chain.pem'),
  pckCrl: join('endorsements', 'pck.crl'),
  rootCrl: join('endorsements', 'root.crl'),
} as const satisfies Record<Part, string>;

/** What is to be written into a machine's folder so that `readSimulationTrust` reads it: content by path. */
export function simulationTrustFiles({
  root,
  endorsements,
}: SimulationTrust): ReadonlyMap<string, Uint8Array> {
  return new Map([
    [paths.tcbInfo, endorsements.tcbInfo],
    [paths.qeIdentity, endorsements.qeIdentity],
    [paths.tcbSigningChain, endorsements.tcbSigningChain],
    [paths.pckCrl, endorsements.pckCrl],
    [paths.rootCrl, endorsements.rootCrl],
    // Last: a folder with it has the rest, too.
    [ROOT, root],
  ]);
}

/** What verifiers need of a machine: its root and endorsements, not its keys. Rejects with `SimulationError` "no-simulation". */
export async function readSimulationTrust(folder: string): Promise<SimulationTrust> {
  const read = async (path: string) => new Uint8Array(await readFile(join(folder, path)));
  try {
    const [root, tcbInfo, qeIdentity, tcbSigningChain, pckCrl, rootCrl] = await Promise.all([
      read(ROOT),
      read(paths.tcbInfo),
      read(paths.qeIdentity),
      read(paths.tcbSigningChain),
      read(paths.pckCrl),
      read(paths.rootCrl),
    ]);
    return { root, endorsements: { tcbInfo, qeIdentity, tcbSigningChain, pckCrl, rootCrl } };
  } catch (cause) {
    throw new SimulationError(
      'no-simulation',
      `${folder} has no root.pem and endorsements of a simulated machine: name the folder that gaiwan simulation init made.`,
      { cause },
    );
  }
}
