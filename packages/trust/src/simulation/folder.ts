/**
 * The public part of a simulated machine's folder: whom to trust, and what vouches for the machine.
 *
 *     root.pem                      certificate of the machine's own root
 *     endorsements/                 TCB Info, QE Identity, revocation lists, signing chain
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Endorsements, parseCertificates } from '@gaiwan/attestation';
import { type Certificate, isSimulatedRoot } from '@gaiwan/attestation/x509';
import { SimulationError } from './error.ts';

type Part = 'tcbInfo' | 'qeIdentity' | 'tcbSigningChain' | 'pckCrl' | 'rootCrl';

/** What a verifier needs of a simulated machine: its root and its endorsements, but not its keys. */
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

/** The files of a machine's public part, as `readSimulationTrust` reads them: content by path within the folder. */
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
    // Last, so that a folder that has it has the others, too.
    [ROOT, root],
  ]);
}

/** Verifiers must see from the root alone that its machines are simulated. */
function checkRoot(root: Uint8Array, folder: string): void {
  let certificates: readonly Certificate[];
  try {
    certificates = parseCertificates(root);
  } catch (cause) {
    throw new SimulationError(
      'simulation-damaged',
      `${join(folder, ROOT)} is not a certificate: make a new machine with gaiwan simulation init.`,
      { cause },
    );
  }
  const [certificate] = certificates;
  if (certificate === undefined || certificates.length > 1)
    throw new SimulationError(
      'simulation-damaged',
      `${join(folder, ROOT)} has ${certificates.length} certificates instead of one: make a new machine with gaiwan simulation init.`,
    );
  if (!isSimulatedRoot(certificate))
    throw new SimulationError(
      'simulation-outdated',
      `An older version made ${folder}: its root does not say that it is a simulated machine's. Make a new machine with gaiwan simulation init.`,
    );
}

/**
 * Reads the public part of a simulated machine.
 *
 * @param folder of the machine, or a copy of its public part.
 * @throws {SimulationError} `no-simulation`, `simulation-outdated`, `simulation-damaged`
 */
export async function readSimulationTrust(folder: string): Promise<SimulationTrust> {
  const trust = await readTrust(folder);
  checkRoot(trust.root, folder);
  return trust;
}

async function readTrust(folder: string): Promise<SimulationTrust> {
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
